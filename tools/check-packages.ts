/**
 * `pnpm check-packages`: packs every public package as npm would publish it, and has publint and
 * are-the-types-wrong look at the tarball. Needs `pnpm build` first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));
const tools = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url));

/** A model file that bundlers copy, and scripts for script tags and workers, have no types. */
const untyped = ['./models/lungs.onnx', './saliency-viewer.js', './worker.js'];

function run(command: string, args: string[], cwd: string): boolean {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) console.log(`${stdout ?? ''}${stderr ?? ''}${error ?? ''}`);
  return status === 0;
}

function checkPackage(folder: string): boolean {
  const { name, private: unpublished } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    private?: boolean;
  };
  if (unpublished) return true;
  if (!existsSync(join(folder, 'dist/index.js'))) {
    console.log(`${name}: not built; run \`pnpm build\` first`);
    return false;
  }
  const out = mkdtempSync(join(tmpdir(), 'pack-'));
  try {
    // pnpm writes real versions where the workspace protocol stands, as it does on publishing.
    if (!run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', out], folder)) return false;
    const tarball = join(out, readdirSync(out)[0]!);
    const lint = run(join(tools, 'publint'), ['--strict', tarball], folder);
    const types = run(
      join(tools, 'attw'),
      [tarball, '--profile', 'esm-only', '--exclude-entrypoints', ...untyped],
      folder,
    );
    console.log(`${lint && types ? 'ok  ' : 'FAIL'} ${name}`);
    return lint && types;
  } finally {
    rmSync(out, { recursive: true });
  }
}

const results = readdirSync(packages).map((name) => checkPackage(join(packages, name)));
process.exitCode = results.every(Boolean) ? 0 : 1;
