/**
 * `pnpm bench`: one table, one run. ResNet-18 at 224², ours against PyTorch and Zennit on onnxruntime, and against
 * `tf.grad` on tfjs; permutation tests against SciPy. `pnpm bench --memory` measures memory instead (memory.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Backend, SaliencyError, type Tensor, tensor } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';
import { machine, watchOthers } from './machine';
import { type Comparison, type Contender, compare } from './measure';
import { memory } from './memory';
import { ours, paper, paperMethods } from './ours';
import { permutationImages, permutationSize, permutations, startSciPySide } from './permutation-side';
import type { PythonSide } from './python-side';
import { normals, out, resnet18 } from './resnet18';
import { line, rowOf } from './table';
import { startTorchSide } from './torch-side';

const help = `pnpm bench [options]          speed: ours against PyTorch, Zennit, tf.grad and SciPy
pnpm bench --memory [options]  memory over many explanations (--memory --help)
pnpm bench --browser [options] speed in Chromium, on every backend (--browser --help)
pnpm bench --planted [options] how well methods find what a network relies on (--planted --help)

  --only TEXT     only rows whose id contains TEXT (again for more); ids are <backend>/<what>/<batch>:
                  onnxruntime/gradient/1, wasm/forward/1, tfjs-node/lrp-epsilon-plus/1, paper/occlusion/1,
                  paper/fifteen/1 (all methods of the paper, one after another against one program),
                  onnxruntime/permutation/40 (a permutation test with max-T beside SciPy's) …
  --rounds N      how often each side has its turn in a row (default 9)
  --threads N     threads of onnxruntime, PyTorch and tfjs-node (default 2)
  --help          this text

The table goes to stdout, progress to stderr, every time to out/bench.json.
The peers run in Python (tools/reference/python.ts): PEERS_PYTHON names an interpreter that has them.`;

/** A row of the table: what is measured where, and against what. */
interface Row {
  readonly id: string;
  readonly backend: string;
  readonly what: string;
  readonly batch: number;
  readonly ours: () => Promise<Contender>;
  readonly peer: () => Promise<Contender>;
  /** Whether both sides compute the same, so that their difference means something. */
  readonly same: boolean;
  /** What they may differ by, of the largest value; default that of maps with a flipped gate. */
  readonly bound?: number;
  /** Whether a run takes seconds. */
  readonly long: boolean;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '9' },
      threads: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const rounds = positive(values.rounds, '--rounds');
  const threads = positive(values.threads, '--threads');
  const wanted = (id: string) => values.only.length === 0 || values.only.some((text) => id.includes(text));
  // Read by TensorFlow when its addon loads.
  process.env.TF_NUM_INTRAOP_THREADS = process.env.TF_NUM_INTEROP_THREADS = String(threads);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

  const model = resnet18();
  mkdirSync(out, { recursive: true });
  const data = normals(7, 8 * 3 * 224 * 224);
  const inputs = `${out}inputs.f32`;
  writeFileSync(inputs, new Uint8Array(data.buffer));
  const images = (batch: number): Tensor =>
    tensor(data.subarray(0, batch * 3 * 224 * 224), [batch, 3, 224, 224]);

  const notes: string[] = [];
  const rows: Row[] = [];
  let torch: PythonSide | undefined;
  let scipy: PythonSide | undefined;
  if ([...onnxruntimeIds, ...paperIds].some(({ id }) => wanted(id))) {
    try {
      torch = await startTorchSide(model.file, inputs, threads);
      rows.push(...(await onnxruntimeRows(torch, threads)));
    } catch (error) {
      notes.push(`No PyTorch and Zennit, so no rows of onnxruntime: ${reasonOf(error)}`);
    }
  }
  rows.push(...(await tfjsRows(notes)));
  if (permutationIds.some(({ id }) => wanted(id))) {
    try {
      scipy = await startSciPySide(threads);
      rows.push(...(await permutationRows(scipy, threads)));
    } catch (error) {
      notes.push(`No SciPy, so no rows of permutation tests: ${reasonOf(error)}`);
    }
  }

  async function onnxruntimeRows(peers: PythonSide, count: number): Promise<Row[]> {
    const backend = onnxruntimeBackend(await import('onnxruntime-node'), {
      executionProviders: ['cpu'],
      threads: count,
    });
    const own = onnxruntimeIds.map(({ id, what, batch, peer, of }) => ({
      id,
      backend: 'onnxruntime',
      what,
      batch,
      ours: () => ours(backend, model.graph, what, images(batch)),
      peer: async () => peers.contender(peer, of, batch),
      same: true,
      long: false,
    }));
    const ofPaper = paperIds.map(({ id, what, ids, peer, same, long }) => ({
      id,
      backend: 'onnxruntime',
      what,
      batch: 1,
      ours: () => paper(backend, model.graph, ids, images(1)),
      peer: async () => peers.contender(peer, `paper ${what}`, 1),
      same,
      long,
    }));
    return [...own, ...ofPaper];
  }

  async function tfjsRows(said: string[]): Promise<Row[]> {
    const made: Row[] = [];
    for (const { id, name, load } of tfjsBackends) {
      if (![...tfjsWhats, ...layersWhats].some((what) => wanted(`${id}/${what}/1`))) continue;
      try {
        await load();
      } catch (error) {
        said.push(`No rows of ${id}: ${reasonOf(error)} (node tools/tfjs-node/build.mjs builds its addon)`);
        continue;
      }
      const { tfjsSide } = await import('./tfjs-side');
      const backend: Backend = tfjsBackend({ name });
      for (const what of tfjsWhats) {
        made.push({
          id: `${id}/${what}/1`,
          backend: id,
          what,
          batch: 1,
          ours: () => ours(backend, model.graph, what, images(1)),
          peer: async () =>
            tfjsSide(name, model.graph, what === 'forward' ? 'forward' : 'gradient', images(1)),
          same: what !== 'lrp-epsilon-plus',
          long: false,
        });
      }
      if (!layersWhats.some((what) => wanted(`${id}/${what}/1`))) continue;
      const { layersResnet18, layersSide } = await import('./layers-side');
      const own = layersResnet18();
      const graph = readLayersModel(own);
      for (const layersWhat of layersWhats) {
        const what = layersWhat.replace('layers-', '');
        made.push({
          id: `${id}/${layersWhat}/1`,
          backend: id,
          what: layersWhat,
          batch: 1,
          ours: () => ours(backend, graph, what, images(1)),
          peer: async () => layersSide(name, own, images(1)),
          same: true,
          long: false,
        });
      }
    }
    return made;
  }

  async function permutationRows(peers: PythonSide, count: number): Promise<Row[]> {
    const backends = {
      onnxruntime: onnxruntimeBackend(await import('onnxruntime-node'), {
        executionProviders: ['cpu'],
        threads: count,
      }),
      wasm: tfjsBackend({ name: 'wasm' }),
      float64: undefined,
    };
    await tfjsBackends.find(({ id }) => id === 'wasm')!.load();
    return permutationIds.map(({ id, backend, what, peer, of, statistic }) => ({
      id,
      backend,
      what,
      batch: permutationImages,
      ours: async () => permutations(backends[backend], statistic),
      peer: async () => peers.contender(peer, of, permutationImages),
      same: true,
      // Five standard errors of the difference of two p from so many draws, where they are largest.
      bound: 0.012,
      long: of.startsWith('scipy'),
    }));
  }

  const chosen = rows.filter((row) => wanted(row.id));
  if (chosen.length === 0) {
    for (const note of notes) console.error(note);
    console.error(`No row's id contains ${values.only.map((text) => `"${text}"`).join(' or ')}.`);
    return 1;
  }
  const settings = {
    date: new Date().toISOString(),
    model: model.about,
    input: '224², standard normal values',
    threads,
    rounds,
    ...machine(),
    peers: { ...torch?.versions, ...scipy?.versions },
  };
  console.log(`${settings.model}, 224²; ${threads} threads (tfjs wasm in Node: 1); medians over ${rounds} rounds
${settings.processor}, ${settings.cores} cores; Node ${settings.node}; ${describe(settings.versions)}${
    torch ? `; ${describe(torch.versions)}` : ''
  }${scipy ? `; ${describe(scipy.versions)}; permutation: ${permutationSize}, Student’s t (of-means: their difference), max-T` : ''}
ratio: the peer's time over ours, median of the rounds [quartiles]; differ: largest difference over the largest value\n`);
  console.log(line());
  const results: (Omit<Row, 'ours' | 'peer'> & { peerName: string } & Comparison)[] = [];
  const watch = () => {
    const others = watchOthers();
    const used = () => (torch?.processor() ?? 0) + (scipy?.processor() ?? 0);
    const before = used();
    return () => others(used() - before);
  };
  let good = true;
  for (const [at, row] of chosen.entries()) {
    console.error(`  ${at + 1}/${chosen.length} ${row.id}`);
    const [own, peer] = [await row.ours(), await row.peer()];
    const comparison = await compare(own, peer, { rounds, watch, same: row.same, long: row.long });
    await own.close?.();
    await peer.close?.();
    const { ours: _, peer: __, ...facts } = row;
    results.push({ ...facts, peerName: peer.name, ...comparison });
    console.log(line(rowOf({ ...facts, peerName: peer.name, comparison })));
    // A flipped gate moves a few pixels by a hundredth (design 7); more means that the two sides do different things.
    if (row.same && !(comparison.difference! < (row.bound ?? 0.05))) {
      good = false;
      notes.push(`${row.id}: the two sides' results differ by ${comparison.difference}`);
    }
  }
  torch?.close();
  scipy?.close();
  if (results.some(({ others }) => others > 0.1))
    notes.push(
      'Other programs used more than a tenth of the processor in some rows: repeat on a quiet machine.',
    );
  for (const note of notes) console.log(`\n${note}`);
  writeFileSync(
    new URL('../out/bench.json', import.meta.url),
    `${JSON.stringify({ settings, notes, rows: results }, null, 1)}\n`,
  );
  console.log('\nEvery time: out/bench.json');
  return good ? 0 : 1;
}

const onnxruntimeIds = [1, 8].flatMap((batch) =>
  [
    { what: 'forward', peer: 'PyTorch', of: 'forward' },
    { what: 'gradient', peer: 'Zennit', of: 'gradient' },
    { what: 'lrp-epsilon-plus', peer: 'Zennit', of: 'lrp-epsilon-plus' },
    { what: 'gradient', peer: 'Zennit, norms folded', of: 'folded gradient' },
  ].map((row) => ({
    ...row,
    batch,
    id: `onnxruntime/${row.of.startsWith('folded') ? `${row.what}-folded` : row.what}/${batch}`,
  })),
);

/** Done with Captum by the paper's means; the others with Zennit. */
const captums = ['deep-lift', 'guided-grad-cam', 'layer-deep-lift', 'grad-cam', 'occlusion'];

/** Noise of one's own, and Captum's rule for pools whose windows overlap: no map to compare with. */
const different = ['smooth-grad', 'deep-lift'];

const paperIds = [
  ...[...paperMethods.keys()].map((what) => ({
    id: `paper/${what}/1`,
    what,
    ids: [what],
    peer: captums.includes(what) ? 'Captum' : 'Zennit',
    same: !different.includes(what),
    long: what === 'occlusion',
  })),
  {
    id: 'paper/fifteen/1',
    what: 'fifteen',
    ids: [...paperMethods.keys()],
    peer: 'Captum and Zennit',
    same: false,
    long: true,
  },
];

const permutationIds = (['onnxruntime', 'wasm', 'float64'] as const).flatMap((backend) => [
  {
    id: `${backend}/permutation/${permutationImages}`,
    backend,
    what: 'permutation',
    peer: 'SciPy',
    of: 'scipy',
    statistic: 'student' as const,
  },
  {
    id: `${backend}/permutation-of-means/${permutationImages}`,
    backend,
    what: 'permutation-of-means',
    peer: 'SciPy',
    of: 'scipy means',
    statistic: 'mean-difference' as const,
  },
  {
    id: `${backend}/permutation-by-hand/${permutationImages}`,
    backend,
    what: 'permutation-by-hand',
    peer: 'NumPy, matrix product',
    of: 'numpy',
    statistic: 'student' as const,
  },
]);

const tfjsWhats = ['forward', 'gradient', 'lrp-epsilon-plus'];

/**
 * Of a LayersModel as its user has it, weights shared. There is no row of its gradient: through a LayersModel `tf.grad` needs
 * kernels that wasm has not (`gradient` has the same network in plain operators).
 */
const layersWhats = ['layers-forward'];

const tfjsBackends = [
  {
    id: 'wasm',
    name: 'wasm',
    load: async () => {
      await import('@tensorflow/tfjs-backend-wasm');
      const tf = await import('@tensorflow/tfjs-core');
      await tf.setBackend('wasm');
    },
  },
  {
    id: 'tfjs-node',
    name: 'tensorflow',
    load: async () => {
      await import('@tensorflow/tfjs-node');
      const tf = await import('@tensorflow/tfjs-core');
      await tf.setBackend('tensorflow');
    },
  },
];

function describe(versions: Readonly<Record<string, string | number>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new SaliencyError('bad-input', `${option} takes a whole number above 0, not "${text}"`);
  return value;
}

/** The first line of an error, which says what is missing. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

const [first, ...rest] = process.argv.slice(2);
try {
  if (first === '--memory') process.exitCode = await memory(rest);
  else if (first === '--planted') process.exitCode = await (await import('./planted')).planted(rest);
  else if (first === '--browser') process.exitCode = await (await import('./browser/run')).browser(rest);
  else process.exitCode = await main();
} catch (error) {
  // Caught here, since tfjs's wasm backend answers an uncaught error with its own source text.
  const usage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
  console.error(usage || error instanceof SaliencyError ? (error as Error).message : error);
  process.exitCode = usage ? 2 : 1;
}
