/**
 * `pnpm installs [npm] [pnpm] [yarn]`: packs the packages as npm would publish them and uses them as strangers do. In a new folder
 * for each package manager the tarballs are installed, and used from an ESM project, a CommonJS project, TypeScript with
 * `moduleResolution` node16 and bundler, and a Vite build. Needs `pnpm build` first, and a registry.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'installs-'));

class Failed extends Error {}

function run(command: string[], cwd: string): string {
  const [file, ...args] = command as [string, ...string[]];
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      // CUDA's libraries are nothing that is tested here.
      ONNXRUNTIME_NODE_INSTALL: 'skip',
      // What this workspace tells its package manager is nothing that a stranger has.
      npm_config_user_agent: '',
      NODE_OPTIONS: '',
    },
  });
  if (status !== 0) throw new Failed(`${command.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error ?? ''}`);
  return stdout + stderr;
}

/** Every public package as a tarball, by name. */
function pack(): Map<string, string> {
  const tarballs = new Map<string, string>();
  for (const folder of readdirSync(join(root, 'packages'))) {
    const at = join(root, 'packages', folder);
    if (!existsSync(join(at, 'package.json'))) continue;
    const { name, private: own } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    if (own) continue;
    if (!existsSync(join(at, 'dist/index.js')))
      throw new Failed(`${name} is not built: run pnpm build first`);
    const to = join(out, 'tarballs', folder);
    mkdirSync(to, { recursive: true });
    run(['npx', '-y', 'pnpm@12', 'pack', '--pack-destination', to], at);
    tarballs.set(name, join(to, readdirSync(to)[0]!));
  }
  return tarballs;
}

interface Manager {
  /** What only this one needs to be told, beside package.json. */
  readonly files?: (tarballs: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** As it is said in package.json that packages which need each other find the tarballs: none is published yet. */
  readonly overrides?: string;
  readonly install: string[];
  /** Before a command of the project. */
  readonly exec: string[];
  readonly node: string[];
  /** require() of ES modules finds the packages: Yarn's archives open for import() alone. */
  readonly requires: boolean;
}

const yarn = ['npx', '-y', '@yarnpkg/cli-dist@4'];
const managers: Readonly<Record<string, Manager>> = {
  npm: {
    overrides: 'overrides',
    install: ['npm', 'install', '--no-audit', '--no-fund'],
    exec: ['npx', '--no-install'],
    node: ['node'],
    requires: true,
  },
  pnpm: {
    files: (tarballs) => ({
      'pnpm-workspace.yaml': `overrides: ${JSON.stringify(tarballs)}\nstrictDepBuilds: false\n`,
    }),
    install: ['npx', '-y', 'pnpm@12', 'install'],
    exec: ['npx', '-y', 'pnpm@12', 'exec'],
    node: ['node'],
    requires: true,
  },
  // Plug'n'Play, as by default: a package that is used and not declared is not found.
  yarn: {
    files: () => ({
      'yarn.lock': '',
      '.yarnrc.yml': 'enableTelemetry: false\nenableScripts: false\nenableImmutableInstalls: false\n',
    }),
    overrides: 'resolutions',
    install: [...yarn, 'install'],
    exec: [...yarn, 'exec'],
    node: [...yarn, 'node'],
    requires: false,
  },
};

function useWith(name: string, manager: Manager, tarballs: ReadonlyMap<string, string>): void {
  const at = join(out, name);
  cpSync(fileURLToPath(new URL('project', import.meta.url)), at, { recursive: true });
  cpSync(join(root, 'examples/demo/models/fair.onnx'), join(at, 'fair.onnx'));
  const ours = Object.fromEntries([...tarballs].map(([each, path]) => [each, `file:${path}`]));
  const project = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
  project.dependencies = { ...ours, ...project.dependencies };
  if (manager.overrides) project[manager.overrides] = ours;
  writeFileSync(join(at, 'package.json'), JSON.stringify(project, null, 2));
  for (const [file, text] of Object.entries(manager.files?.(ours) ?? {})) writeFileSync(join(at, file), text);
  const step = (what: string, does: () => string | undefined) => {
    const start = performance.now();
    const said = does();
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`ok   ${name}: ${what}${said ? `, ${said}` : ''} (${seconds} s)`);
  };
  const does =
    (...command: string[]) =>
    () =>
      void run(command, at);
  step('installed', does(...manager.install));
  step('ESM on onnxruntime-node and tfjs wasm', does(...manager.node, 'explain.mjs'));
  step('CommonJS by import()', does(...manager.node, 'import.cjs'));
  if (manager.requires) step('CommonJS by require()', does(...manager.node, 'require.cjs'));
  step('the command', () => {
    const said = run([...manager.exec, 'regional-saliency', 'inspect', 'fair.onnx'], at);
    if (!said.includes('layer3')) throw new Failed(`inspect said:\n${said}`);
    return undefined;
  });
  for (const [types, what] of [
    ['node16', 'TypeScript, node16, declarations checked'],
    ['bundler', 'TypeScript, bundler, declarations checked'],
    ['tfjs', 'TypeScript with TensorFlow.js'],
  ] as const) {
    step(what, does(...manager.exec, 'tsc', '-p', `tsconfig.${types}.json`));
  }
  step('Vite build', () => built(run([...manager.exec, 'vite', 'build'], at), at));
}

/** What a built page loads at once. */
function built(said: string, at: string): string {
  const node = said
    .split('\n')
    .filter((line) => /externalized for browser|@regional-saliency.*node:/.test(line));
  if (node.length > 0) throw new Failed(`the page wants what only Node has:\n${node.join('\n')}`);
  const html = readFileSync(join(at, 'dist/index.html'), 'utf8');
  const [, script] = /src="\/([^"]+\.js)"/.exec(html)!;
  const bytes = readFileSync(join(at, 'dist', script!));
  return `script of ${kB(bytes.length)}, ${kB(gzipSync(bytes, { level: 9 }).length)} gzipped, backends included`;
}

const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(managers, name));
if (unknown) {
  console.error(`no package manager "${unknown}" here; there are ${Object.keys(managers).join(', ')}`);
  process.exit(2);
}
try {
  const tarballs = pack();
  console.log(`ok   packed ${tarballs.size} packages`);
  for (const [name, manager] of Object.entries(managers)) {
    if (wanted.length === 0 || wanted.includes(name)) useWith(name, manager, tarballs);
  }
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  console.log(`FAIL ${error.message}`);
  process.exitCode = 1;
} finally {
  if (!process.env.KEEP_INSTALLS) rmSync(out, { recursive: true, force: true });
  else console.log(out);
}
