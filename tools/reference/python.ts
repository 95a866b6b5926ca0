/**
 * The Python environment of the peers (PyTorch, Captum, Zennit, lxt, SciPy): found or made in `.cache/peers`.
 *
 * `PEERS_PYTHON` names a ready interpreter instead. Zennit 1.0.0 needs Python 3.11.11 or newer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
/** What is wanted without its own requirements, of which we need nothing (lxt asks for language models). */
const bare = ['lxt==2.1'];
const folder = fileURLToPath(new URL('../../.cache/peers/', import.meta.url));

/** The path of an interpreter that has the pinned packages; installing takes some minutes the first time. */
export function peersPython(): string {
  const given = process.env.PEERS_PYTHON;
  if (given) return given;
  const python = `${folder}bin/python`;
  const stamp = `${folder}requirements.txt`;
  const wanted = [readFileSync(requirements, 'utf8'), ...bare].join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  mkdirSync(folder, { recursive: true });
  console.log(
    `Making the peers' Python environment in .cache/peers (PyTorch, Captum, Zennit …); this takes minutes once.`,
  );
  execFileSync(basePython(), ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    stdio: 'inherit',
  });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', ...bare], { stdio: 'inherit' });
  writeFileSync(stamp, wanted);
  return python;
}

function basePython(): string {
  for (const name of ['python3.13', 'python3.12', 'python3.11', 'python3']) {
    const { status } = spawnSync(name, ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 11, 11))']);
    if (status === 0) return name;
  }
  throw new Error('no Python of version 3.11.11 or newer was found; install one, or name it in PEERS_PYTHON');
}

/**
 * A folder with Zennit 0.5.1, the release that Python older than 3.11.11 gets. In front of the peers' packages, as
 * PYTHONPATH, it takes the place of 1.0.0; all else is theirs.
 */
export function olderZennit(): string {
  const into = fileURLToPath(new URL('../../.cache/zennit-0.5.1', import.meta.url));
  if (!existsSync(`${into}/zennit-0.5.1.dist-info/RECORD`)) {
    const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', into, 'zennit==0.5.1'];
    execFileSync(peersPython(), install, { stdio: 'inherit' });
  }
  return into;
}

/** Runs a script of the peers and shows what it prints. */
export function runPeers(
  script: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): boolean {
  const { status } = spawnSync(peersPython(), ['-W', 'ignore', script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return status === 0;
}
