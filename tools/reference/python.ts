/**
 * The Python environment of the peers (PyTorch, Captum, Zennit, lxt, SciPy): found or made in `.cache/peers`.
 *
 * `PEERS_PYTHON` names a ready interpreter instead. Zennit 1.0.0 needs Python 3.11.11 or newer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));

/** The path of an interpreter that has the peers' pinned packages; installing takes some minutes the first time. */
export function peersPython(): string {
  const given = process.env.PEERS_PYTHON;
  if (given) return given;
  const versions = ['python3.13', 'python3.12', 'python3.11', 'python3'];
  return environment({
    name: 'peers',
    about: 'PyTorch, Captum, Zennit …',
    requirements,
    versions,
    least: '3.11.11',
    variable: 'PEERS_PYTHON',
  });
}

export interface Environment {
  /** Its folder in .cache. */
  readonly name: string;
  /** What it holds, in words. */
  readonly about: string;
  /** The path of its requirements.txt. */
  readonly requirements: string;
  /** What is wanted without its own requirements. */
  readonly bare?: readonly string[];
  /** Interpreters to make it with, the best first, and the least version that will do. */
  readonly versions: readonly string[];
  readonly least: string;
  /** What names a ready interpreter instead. */
  readonly variable: string;
}

/** The interpreter of an environment, which is made where it is missing or its requirements have changed. */
export function environment(wanted: Environment): string {
  const { name, about, requirements, bare = [] } = wanted;
  const folder = fileURLToPath(new URL(`../../.cache/${name}/`, import.meta.url));
  const python = `${folder}bin/python`;
  const stamp = `${folder}requirements.txt`;
  const text = [readFileSync(requirements, 'utf8'), ...bare].join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return python;
  mkdirSync(folder, { recursive: true });
  console.log(`Making a Python environment in .cache/${name} (${about}); this takes minutes once.`);
  execFileSync(basePython(wanted), ['-m', 'venv', folder], { stdio: 'inherit' });
  const install = (...what: string[]) =>
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...what], { stdio: 'inherit' });
  install('--requirement', requirements);
  if (bare.length > 0) install('--no-deps', ...bare);
  writeFileSync(stamp, text);
  return python;
}

function basePython({ versions, least, variable }: Environment): string {
  const enough = `import sys, venv; sys.exit(sys.version_info < (${least.split('.').join(', ')}))`;
  for (const name of versions) {
    const { status } = spawnSync(name, ['-c', enough]);
    if (status === 0) return name;
  }
  throw new Error(`no Python of version ${least} or newer was found; install one, or name it in ${variable}`);
}

/** A package without its own requirements, in a folder of its own; as PYTHONPATH it comes before the peers' packages. */
export function alone(name: string, version: string): string {
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
  return runPython(peersPython(), script, args, environment);
}

/** Runs a script by an interpreter and shows what it prints. */
export function runPython(
  python: string,
  script: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): boolean {
  const { status } = spawnSync(python, ['-W', 'ignore', script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return status === 0;
}
