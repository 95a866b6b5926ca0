/**
 * The Python environment of the peers (PyTorch, Captum, Zennit, lxt, SciPy): found or made in `.cache/peers`.
 *
 * `PEERS_PYTHON` names a ready interpreter instead. Zennit 1.0.0 needs Python 3.11.11 or newer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const folder = fileURLToPath(new URL('../../.cache/peers/', import.meta.url));

/** The path of an interpreter that has the pinned packages; installing takes some minutes the first time. */
export function peersPython(): string {
  const given = process.env.PEERS_PYTHON;
  if (given) return given;
  const python = `${folder}bin/python`;
  const stamp = `${folder}requirements.txt`;
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  mkdirSync(folder, { recursive: true });
  console.log(
    `Making the peers' Python environment in .cache/peers (PyTorch, Captum, Zennit …); this takes minutes once.`,
  );
  execFileSync(basePython(), ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    stdio: 'inherit',
  });
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

/** A package without its own requirements, in a folder of its own; as PYTHONPATH it comes before the peers' packages. */
function alone(name: string, version: string): string {
  const into = fileURLToPath(new URL(`../../.cache/${name}-${version}`, import.meta.url));
  if (!existsSync(`${into}/${name}-${version}.dist-info/RECORD`)) {
    const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', into];
    execFileSync(peersPython(), [...install, `${name}==${version}`], { stdio: 'inherit' });
  }
  return into;
}

/** lxt asks for language models, of which we need nothing. */
export const withLxt = () => ({ PYTHONPATH: alone('lxt', '2.1') });

/** The release of Zennit that Python older than 3.11.11 gets, in the place of 1.0.0. */
export const withOlderZennit = () => ({ PYTHONPATH: alone('zennit', '0.5.1') });

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
