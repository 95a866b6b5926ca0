/** The everyday front door: a model, a method and a backend made into something that explains images. */
import type { Backend, Session } from './backend';
import { type CompileOptions, compile, type Program } from './compile';
import { isBatch, showShape } from './dimension';
import { SaliencyError } from './errors';
import type { Graph } from './graph';
import { layersMatching } from './layers';
import { batchAxis, firstAlong, joinAlong, takeRows } from './rows';
import { checkTarget, TARGET } from './target';
import { sizeOf, type Tensor } from './tensor';

/** A layer's activation and its relevance, [N, …] each. */
export interface Capture {
  readonly activation: Tensor;
  readonly relevance: Tensor;
}

export interface Explanation {
  /** The model's scores, [N, classes]. */
  readonly output: Tensor;
  /** Which output was explained, for each image (-1 where an objective without a target was). */
  readonly target: Int32Array;
  /** The relevance of the first method: [N, C, H, W], or [N, 1, H, W] for class activation maps. */
  readonly relevance: Tensor;
  /** The relevance of every method, by id. */
  readonly relevances: Readonly<Record<string, Tensor>>;
  readonly captures: Readonly<Record<string, Capture>>;
}

export interface ExplainerOptions extends CompileOptions {
  readonly backend: Backend;
  /** Called with what each named layer (or pattern) did, once for every explanation. */
  readonly hooks?: Readonly<Record<string, (capture: Capture, name: string) => void>> | undefined;
  /** The largest number of images in one run; default all that are given. */
  readonly batch?: number | undefined;
}

export interface ExplainOptions {
  /** One index for all images or one an image; only where the explainer was made with `target: 'input'`. */
  readonly target?: number | ArrayLike<number> | undefined;
}

export interface Explainer {
  readonly program: Program;
  /**
   * @param images [N, C, H, W] as the model expects them
   * @throws SaliencyError `bad-input` for a wrong shape, NaN or a target out of range
   */
  explain(images: Tensor, options?: ExplainOptions): Promise<Explanation>;
  dispose(): Promise<void>;
}

/**
 * Compiles a model's explanation and loads it.
 *
 * @example
 * const explainer = await createExplainer(model, { backend, method: gradient() });
 * const { relevance } = await explainer.explain(images);
 */
export async function createExplainer(model: Graph, options: ExplainerOptions): Promise<Explainer> {
  const hooks = options.hooks ?? {};
  const capture = [...(options.capture ?? []), ...Object.keys(hooks)];
  const program = compile(model, { ...options, capture });
  const session = await options.backend.load(program.graph);
  const hooked = hooksByName(model, program, hooks);
  return {
    program,
    explain: async (images, explainOptions = {}) => {
      const explanation = await explainAll(session, program, options, images, explainOptions);
      for (const [name, call] of hooked) call(explanation.captures[name]!, name);
      return explanation;
    },
    dispose: async () => {
      await session.dispose();
    },
  };
}

/** Which captured layer calls which hook: a hook's name may be a pattern. */
function hooksByName(model: Graph, program: Program, hooks: NonNullable<ExplainerOptions['hooks']>) {
  const calls: [string, (capture: Capture, name: string) => void][] = [];
  for (const [pattern, call] of Object.entries(hooks)) {
    for (const name of layersMatching(model, pattern).keys()) {
      if (program.outputs.captures[name]) calls.push([name, call]);
    }
  }
  return calls;
}

async function explainAll(
  session: Session,
  program: Program,
  options: ExplainerOptions,
  images: Tensor,
  { target }: ExplainOptions,
): Promise<Explanation> {
  const input = program.graph.inputs.find((value) => value.name === program.input)!;
  checkImages(images, input.shape, program.input);
  const count = images.shape[0]!;
  const scores = program.graph.outputs[program.output]!;
  const wantsTarget = program.graph.inputs.some((value) => value.name === TARGET);
  const targets = targetsOf(wantsTarget, target, count, scores.shape.at(-1) as number);
  const fixed = isBatch(input.shape[0]!) ? undefined : (input.shape[0] as number);
  const step = fixed ?? Math.max(1, Math.min(options.batch ?? count, count));
  const parts: Record<string, Tensor>[] = [];
  for (let start = 0; start < count; start += step) {
    const size = Math.min(step, count - start);
    // A file whose batch was baked in gets its last images again to fill the slice.
    const rows = Array.from({ length: fixed ?? size }, (_, at) => start + Math.min(at, size - 1));
    const feeds: Record<string, Tensor> = { [program.input]: takeRows(images, rows) };
    if (targets) {
      feeds[TARGET] = {
        data: BigInt64Array.from(rows, (row) => BigInt(targets[row]!)),
        shape: [rows.length],
        dtype: 'int64',
      };
    }
    const results = await session.run(feeds);
    parts.push(results);
  }
  const joined = joinParts(program.graph, parts, fixed, count);
  const output = joined[program.output]!;
  const relevances: Record<string, Tensor> = {};
  for (const name of program.outputs.relevance) {
    const relevance = joined[name]!;
    relevances[methodOf(name, options)] = relevance;
  }
  return {
    output,
    target: chosenTargets(output, targets, options),
    relevance: joined[program.outputs.relevance[0]!]!,
    relevances,
    captures: Object.fromEntries(
      Object.entries(program.outputs.captures).map(([name, { activation, relevance }]) => [
        name,
        { activation: joined[activation]!, relevance: joined[relevance]! },
      ]),
    ),
  };
}

function methodOf(outputName: string, { method }: ExplainerOptions): string {
  if (outputName !== 'relevance') return outputName.slice('relevance.'.length);
  return (Array.isArray(method) ? method[0] : method).id;
}

function checkImages(images: Tensor, expected: readonly unknown[], name: string): void {
  const shape = images.shape;
  const fits =
    shape.length === expected.length &&
    expected.every((dim, axis) => axis === 0 || typeof dim !== 'number' || dim === shape[axis]);
  if (!fits) {
    throw new SaliencyError(
      'bad-input',
      `input "${name}" takes images of shape ${showShape(expected as never)}, but these are [${shape.join(', ')}]`,
    );
  }
  if (images.dtype !== 'float32') {
    throw new SaliencyError(
      'bad-input',
      `input "${name}" takes float32 values, but these are ${images.dtype}`,
    );
  }
  if (shape[0] === 0) throw new SaliencyError('bad-input', 'there are no images to explain');
  const data = images.data as Float32Array;
  const perImage = sizeOf(shape.slice(1));
  for (let at = 0; at < data.length; at++) {
    if (!Number.isFinite(data[at]!)) {
      throw new SaliencyError(
        'bad-input',
        `image ${Math.floor(at / perImage)} holds ${data[at]}, so its explanation would be meaningless; check how it was read and preprocessed`,
      );
    }
  }
}

function targetsOf(
  wanted: boolean,
  target: ExplainOptions['target'],
  count: number,
  classes: number,
): number[] | undefined {
  if (!wanted) {
    if (target !== undefined) {
      throw new SaliencyError(
        'bad-input',
        "this explainer's target is settled; make it with target: 'input' to give one",
      );
    }
    return undefined;
  }
  if (target === undefined)
    throw new SaliencyError('bad-input', 'this explainer needs a target for each image');
  const targets = typeof target === 'number' ? new Array<number>(count).fill(target) : Array.from(target);
  if (targets.length !== count) {
    throw new SaliencyError('bad-input', `${targets.length} targets were given for ${count} images`);
  }
  for (const index of targets) checkTarget(index, classes);
  return targets;
}

/**
 * The results of all runs as if of one: rows that only filled the last slice of a fixed batch are left out, and what does
 * not depend on the images is taken once.
 */
function joinParts(
  graph: Graph,
  parts: readonly Record<string, Tensor>[],
  fixed: number | undefined,
  count: number,
): Record<string, Tensor> {
  const outputs = Object.entries(graph.outputs).map(([name, { shape }]) => {
    const axis = batchAxis(shape, fixed);
    const first = parts[0]![name]!;
    if (axis === undefined) return [name, first];
    const whole = joinAlong(
      parts.map((part) => part[name]!),
      axis,
    );
    const filled = fixed !== undefined && count % fixed !== 0;
    const perImage = fixed === undefined ? 1 : first.shape[axis]! / fixed;
    return [name, filled ? firstAlong(whole, axis, count * perImage) : whole];
  });
  return Object.fromEntries(outputs);
}

function chosenTargets(output: Tensor, targets: number[] | undefined, options: ExplainerOptions): Int32Array {
  const count = output.shape[0]!;
  if (targets) return Int32Array.from(targets);
  if (typeof options.target === 'number') return new Int32Array(count).fill(options.target);
  if (output.shape.length !== 2 || (options.objective && options.target === undefined)) {
    return new Int32Array(count).fill(-1);
  }
  const classes = output.shape[1]!;
  return Int32Array.from({ length: count }, (_, image) => {
    let best = 0;
    for (let at = 1; at < classes; at++) {
      if (output.data[image * classes + at]! > output.data[image * classes + best]!) best = at;
    }
    return best;
  });
}
