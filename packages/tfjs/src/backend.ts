/**
 * The backend: runs programs on whatever TensorFlow.js backend the caller has registered.
 *
 * A session holds its constants as tfjs tensors and nothing else. A run uploads the feeds, executes the plan's steps,
 * frees every tensor as soon as its last reader has run, and downloads the outputs.
 */
import {
  type Backend,
  describeNode,
  type Graph,
  isBatch,
  lower,
  SaliencyError,
  type Session,
  showShape,
  sizeAt,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays';
import { planOf, type Slot, type Step, type Target } from './plan';
import { download, upload } from './transfer';

export interface TfjsOptions {
  /** A registered tfjs backend (`cpu`, `wasm`, `webgl`, `webgpu`, `tensorflow`); the current one by default. */
  readonly name?: string | undefined;
}

/**
 * Runs programs with TensorFlow.js. Import the tfjs backend you want (`@tensorflow/tfjs-backend-wasm`, say) yourself.
 *
 * @throws SaliencyError `backend`, when loading, where that tfjs backend is not registered or does not start
 */
export function tfjsBackend(options: TfjsOptions = {}): Backend {
  return {
    name: options.name ? `tfjs (${options.name})` : 'tfjs',
    async load(program) {
      const name = await ready(options.name);
      return loadSession(program, { name, arrays: arraysOf(name) });
    },
  };
}

/** Initialises the wanted backend and says its name. */
async function ready(wanted: string | undefined): Promise<string> {
  const registered = Object.keys(tf.engine().registryFactory);
  if (wanted === undefined && registered.length > 0) await tf.ready();
  const name = wanted ?? (registered.length > 0 ? tf.getBackend() : undefined);
  if (name === undefined || !registered.includes(name)) {
    throw new SaliencyError(
      'backend',
      `tfjs has no backend ${name ? `"${name}"` : 'at all'}; import its package first, such as @tensorflow/tfjs-backend-wasm${
        registered.length > 0 ? ` (registered: ${registered.join(', ')})` : ''
      }`,
    );
  }
  const before = tf.engine().backendName;
  const started = await tf.setBackend(name);
  if (!started) throw new SaliencyError('backend', `tfjs's backend "${name}" could not be started`);
  if (before && before !== name) await tf.setBackend(before);
  return name;
}

/** Loads a program for a tfjs backend that has been initialised. */
export function loadSession(program: Graph, target: Target): Session {
  // Where tensors are not arrays, the backward operators are written out in operators that every backend has.
  const plan = planOf(target.arrays ? program : lower(program, { portable: true }), target);
  const outputs = new Set(plan.outputs.values());
  const fixed = plan.steps.filter((step) => step.output.fixed);
  const moving = plan.steps.filter((step) => !step.output.fixed);
  const wanted = new Set([...moving.flatMap((step) => step.inputs), ...outputs]);
  const atLoad = scheduled(fixed, (slot) => wanted.has(slot));
  const atRun = scheduled(moving, (slot) => slot.fixed || outputs.has(slot));

  const constants: Tensors = new Map();
  try {
    on(target.name, () => execute(atLoad, constants, 0, target));
  } catch (error) {
    for (const tensor of constants.values()) tensor.dispose();
    throw error;
  }
  let disposed = false;

  return {
    async run(feeds) {
      if (disposed) throw new SaliencyError('backend', 'this session was disposed; load the program again');
      const batch = batchOf(program.inputs, feeds);
      const tensors: Tensors = new Map(constants);
      try {
        on(target.name, () => {
          for (const [value, slot] of plan.inputs) tensors.set(slot, tf.keep(upload(feeds[value.name!]!)));
          execute(atRun, tensors, batch, target);
        });
        const results: Record<string, Tensor> = {};
        for (const [name, slot] of plan.outputs) {
          results[name] = await download(tensors.get(slot)!, program.outputs[name]!.dtype);
        }
        return results;
      } finally {
        for (const [slot, tensor] of tensors) if (!slot.fixed) tensor.dispose();
      }
    },
    dispose() {
      disposed = true;
      for (const tensor of constants.values()) tensor.dispose();
      constants.clear();
    },
  };
}

type Tensors = Map<Slot, tf.Tensor>;

/** Runs something synchronous with a tfjs backend as the current one, and gives the caller's back. */
function on(name: string, run: () => void): void {
  const before = tf.getBackend();
  // Both are initialised, so this takes effect at once.
  if (before !== name) void tf.setBackend(name);
  try {
    run();
  } finally {
    if (before && before !== name) void tf.setBackend(before);
  }
}

/** A step, and the tensors that nothing reads after it. */
interface Scheduled extends Step {
  readonly frees: readonly Slot[];
}

function scheduled(steps: readonly Step[], keep: (slot: Slot) => boolean): Scheduled[] {
  const readLater = new Set<Slot>();
  const result: Scheduled[] = [];
  for (const step of [...steps].reverse()) {
    const frees = [...new Set(step.inputs)].filter((slot) => !readLater.has(slot) && !keep(slot));
    for (const slot of step.inputs) readLater.add(slot);
    result.push({ ...step, frees });
  }
  return result.reverse();
}

/** Runs steps on the tensors known so far. If one fails, those that it leaves are the caller's to free. */
function execute(steps: readonly Scheduled[], tensors: Tensors, batch: number, { name }: Target): void {
  for (const { inputs, output, frees, node, run } of steps) {
    try {
      const read = inputs.map((slot) => tensors.get(slot)!);
      const result = tf.tidy(() => {
        const made = run(read, batch);
        return read.includes(made) ? tf.clone(made) : made;
      });
      tensors.set(output, tf.keep(result));
    } catch (error) {
      const what = node ? describeNode(node) : 'a constant';
      const reason = error instanceof Error ? error.message : String(error);
      throw new SaliencyError('backend', `${what} failed on tfjs's ${name} backend: ${reason}`, {
        cause: error,
      });
    }
    for (const slot of frees) {
      tensors.get(slot)!.dispose();
      tensors.delete(slot);
    }
  }
}

/**
 * The batch size that the feeds have in common.
 *
 * @throws SaliencyError `bad-input` where a feed is missing or does not fit its input
 */
function batchOf(inputs: readonly Value[], feeds: Readonly<Record<string, Tensor>>): number {
  let batch: number | undefined;
  for (const { name, shape, dtype } of inputs) {
    const feed = feeds[name!];
    if (!feed) {
      throw new SaliencyError(
        'bad-input',
        `the input "${name}" was not given; the program takes ${inputs.map((input) => `"${input.name}"`).join(', ')}`,
      );
    }
    const misfit = new SaliencyError(
      'bad-input',
      `the input "${name}" takes ${dtype} ${showShape(shape)}, but got ${feed.dtype} ${showShape(feed.shape)}`,
    );
    if (feed.dtype !== dtype || feed.shape.length !== shape.length) throw misfit;
    for (const [axis, dim] of shape.entries()) {
      if (isBatch(dim)) batch ??= feed.shape[axis]! / dim.batch;
      if (feed.shape[axis] !== sizeAt(dim, batch ?? 1)) throw misfit;
    }
  }
  return batch ?? 1;
}
