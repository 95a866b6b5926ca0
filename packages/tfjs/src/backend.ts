/**
 * The backend: runs programs on whatever TensorFlow.js backend the caller has registered.
 *
 * A session holds its constants as tfjs tensors and nothing else. A run uploads the feeds, executes the plan's steps,
 * frees every tensor as soon as its last reader has run, and downloads the outputs.
 */
import {
  type Backend,
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
import { execute, scheduled, type Tensors } from './execute';
import { forget, gpuOf, heard, whileThere } from './gpu';
import { planOf, type Target } from './plan';
import { simdOf } from './simd';
import { withoutForbiddenThreads } from './threads';
import { download, upload } from './transfer';
import { withoutVolumes } from './volumes';

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
      return loadSession(program, { name, arrays: arraysOf(name), simd: await simdOf(name) });
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
  if (name === 'wasm') await withoutForbiddenThreads();
  const before = tf.engine().backendName;
  if (gpuOf(tf.findBackend(name), name)?.isLost()) forget(name);
  const started = await tf.setBackend(name);
  if (!started) throw new SaliencyError('backend', `tfjs's backend "${name}" could not be started`);
  if (before && before !== name) await tf.setBackend(before);
  return name;
}

/** Loads a program for a tfjs backend that has been initialised. */
export async function loadSession(program: Graph, target: Target): Promise<Session> {
  // Where tensors are not arrays, the backward operators are written out in operators that every backend has.
  const flat = withoutVolumes(program);
  const plan = planOf(target.arrays ? flat : lower(flat, { portable: true }), target);
  const outputs = new Set(plan.outputs.values());
  const fixed = plan.steps.filter((step) => step.output.fixed);
  const moving = plan.steps.filter((step) => !step.output.fixed);
  const wanted = new Set([...moving.flatMap((step) => step.inputs), ...outputs]);
  const atLoad = scheduled(fixed, (slot) => wanted.has(slot));
  const atRun = scheduled(moving, (slot) => slot.fixed || outputs.has(slot));

  const gpu = gpuOf(tf.findBackend(target.name), target.name);
  const constants: Tensors = new Map();
  try {
    await heard(gpu, async () => {
      on(target.name, () => execute(atLoad, constants, 0, target.name));
    });
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
        return await whileThere(gpu, () =>
          heard(gpu, async () => {
            on(target.name, () => {
              for (const [value, slot] of plan.inputs) {
                tensors.set(slot, tf.keep(upload(feeds[value.name!]!)));
              }
              execute(atRun, tensors, batch, target.name);
            });
            const downloads = [...plan.outputs].map(async ([name, slot]) => {
              return [name, await download(tensors.get(slot)!, program.outputs[name]!.dtype)] as const;
            });
            return Object.fromEntries(await Promise.all(downloads));
          }),
        );
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
