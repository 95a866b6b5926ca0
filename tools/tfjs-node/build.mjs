/**
 * Builds the native addon of @tensorflow/tfjs-node from registry packages only.
 *
 *   node tools/tfjs-node/build.mjs
 *
 * tfjs-node's own install script downloads the addon and TensorFlow's C library from a storage bucket. Where
 * that is closed, this makes the same addon from PyPI and npm: TensorFlow and its headers are in the wheel of
 * `tensorflow-cpu`, Node's headers in `node-api-headers`, and the addon is two C++ files of the npm package.
 *
 * The result is kept in the user's cache folder (0.7 GB, under $XDG_CACHE_HOME or ~/.cache) and linked into
 * every copy of tfjs-node that the workspace has installed, so that a second run, or a second clone, takes
 * seconds. It ends with status 0 only after a fresh process has multiplied two matrices on tfjs-node.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as util from 'node:util';

/** The TensorFlow whose C API the addon is linked to; any 2.x later than the one tfjs-node names will do. */
const TENSORFLOW = '2.18.1';
const NAPI = 8;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the wheel holds that the addon needs, as prefixes of names in the archive. */
const WANTED = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/',
  'tensorflow/include/tsl/',
  'tensorflow/include/xla/tsl/',
  'tensorflow/include/xla/c/',
];

/** Python: takes those names out of the wheel (a zip archive), and leaves the other gigabyte. */
const UNPACK = `
import sys, zipfile
wheel, to, *wanted = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(tuple(wanted)):
            archive.extract(name, to)
`;

main();

function main() {
  const started = Date.now();
  const copies = installedCopies();
  if (copies.length === 0)
    fail('@tensorflow/tfjs-node is not installed: run `npx -y pnpm@12 install` first.');
  if (typeof util.isNullOrUndefined !== 'function') {
    fail(
      `tfjs-node 4.22 calls functions that Node ${process.versions.node} no longer has: use Node 20 or 22.`,
    );
  }
  if (copies.every((copy) => whyNotLoading(copy) === undefined)) {
    say('the addon of tfjs-node loads and multiplies matrices: nothing to do.');
    return;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    fail(
      `this builds on Linux x64 only; on ${process.platform} ${process.arch} run \`npm rebuild @tensorflow/tfjs-node\`.`,
    );
  }
  const { version } = JSON.parse(readFileSync(join(copies[0], 'package.json'), 'utf8'));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const built = join(cache, 'regional-saliency', `tfjs-node-${version}-tensorflow-${TENSORFLOW}`);
  if (existsSync(built)) say(`the addon is in ${built}`);
  else build(copies[0], built);

  for (const copy of copies) {
    for (const folder of ['deps', 'lib']) {
      rmSync(join(copy, folder), { recursive: true, force: true });
      symlinkSync(join(built, folder), join(copy, folder));
    }
    say(`linked into ${relative(root, copy)}`);
    const reason = whyNotLoading(copy);
    if (reason !== undefined) {
      fail(`the addon was built but does not work (delete ${built} to build it anew):\n${reason}`);
    }
  }
  say(
    `done in ${((Date.now() - started) / 1000).toFixed(0)} s: a fresh process multiplied two matrices on it.`,
  );
}

/** Makes the folder `built`: deps/include, deps/lib, lib/napi-v8/tfjs_binding.node; all of it or nothing. */
function build(source, built) {
  const compiler = first([process.env.CXX, 'g++', 'clang++'].filter(Boolean));
  if (!compiler)
    fail('no C++ compiler is installed (g++ or clang++; on Debian: apt-get install g++), or set CXX.');
  const python = first(['python3', 'python']);
  if (!python)
    fail('no Python is installed: its pip fetches TensorFlow (on Debian: apt-get install python3-pip).');
  if (spawnSync(python, ['-m', 'pip', '--version']).status !== 0) {
    fail(`${python} has no pip, which fetches TensorFlow (on Debian: apt-get install python3-pip).`);
  }

  mkdirSync(dirname(built), { recursive: true });
  const work = mkdtempSync(`${built}.`);
  try {
    say(`fetching tensorflow-cpu ${TENSORFLOW} from PyPI (230 MB)`);
    // The interpreter's own version does not matter: nothing of the wheel is run in Python.
    run(python, [
      ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', work],
      ...['--python-version', '3.11', '--platform', 'manylinux_2_17_x86_64'],
      `tensorflow-cpu==${TENSORFLOW}`,
    ]);
    const wheel = join(
      work,
      readdirSync(work).find((name) => name.endsWith('.whl')),
    );
    say('unpacking its library and headers');
    run(python, ['-c', UNPACK, wheel, work, ...WANTED]);
    rmSync(wheel);

    const lib = join(work, 'deps', 'lib');
    mkdirSync(join(work, 'deps'), { recursive: true });
    renameSync(join(work, 'tensorflow', 'include'), join(work, 'deps', 'include'));
    renameSync(join(work, 'tensorflow'), lib);
    symlinkSync('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so'));
    symlinkSync('libtensorflow_cc.so.2', join(lib, 'libtensorflow.so.2'));
    symlinkSync('libtensorflow_framework.so.2', join(lib, 'libtensorflow_framework.so'));

    const addon = join(work, 'lib', `napi-v${NAPI}`);
    mkdirSync(addon, { recursive: true });
    say(`compiling with ${compiler}`);
    const nodeHeaders = createRequire(import.meta.url)('node-api-headers').include_dir;
    run(compiler, [
      ...['-shared', '-fPIC', '-O2', '-std=c++17', '-w', `-DNAPI_VERSION=${NAPI}`],
      ...[`-I${nodeHeaders}`, `-I${join(work, 'deps', 'include')}`],
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file)),
      // The path is looked up from where the addon really lies, which is the cache folder.
      ...[`-L${lib}`, '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      ...['-o', join(addon, 'tfjs_binding.node')],
    ]);
    renameSync(work, built);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    fail(error.message);
  }
}

/** Every copy of tfjs-node that some package of the workspace resolves to. */
function installedCopies() {
  const parents = ['packages', 'examples', 'tools'].map((name) => join(root, name)).filter(existsSync);
  const packages = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  const found = [root, join(root, 'benchmarks'), ...packages]
    .map((folder) => join(folder, 'node_modules', '@tensorflow', 'tfjs-node'))
    .filter(existsSync)
    .map((folder) => realpathSync(folder));
  return [...new Set(found)];
}

/** Multiplies two matrices on this copy of tfjs-node in a fresh process; what went wrong, or undefined. */
function whyNotLoading(copy) {
  const program = `
    const tf = require(process.argv[1]);
    const product = tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync();
    if (tf.getBackend() !== 'tensorflow' || product.join() !== '19,22,43,50') throw new Error('got ' + product);`;
  const result = spawnSync(process.execPath, ['-e', program, copy], { encoding: 'utf8' });
  return result.status === 0 ? undefined : (result.stderr || `${result.error ?? result.signal}`).trim();
}

function first(programs) {
  return programs.find((program) => spawnSync(program, ['--version']).status === 0);
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args[0]} … failed${error ? `: ${error.message}` : ''}.`);
}

function say(message) {
  console.log(`tfjs-node: ${message}`);
}

function fail(message) {
  console.error(`tfjs-node: ${message}`);
  process.exit(1);
}
