/** What the table asks of a model: output, gradient, Grad-CAM's default layer, and how LRP conserves. */
import { referenceBackend } from '@regional-saliency/conformance';
import {
  type Backend,
  canonize,
  createExplainer,
  type ExplainerOptions,
  type Graph,
  type Method,
  type Objective,
  rolesOf,
  type Tensor,
  tensor,
  type Value,
} from '@regional-saliency/core';
import { absorbed, gradCam, gradient, lrpEpsilonPlus } from '@regional-saliency/methods';
import { errorsOf, isWithin } from '../parity/compare';
import { type Flips, flipsAt } from '../parity/flips';
import { pick } from '../parity/ours';
import { withoutBiases } from './biases';
import { type Case, doubles, type Explained, floats } from './case';
import { differencesOf } from './differences';
import { type Entry, ledger, unstabilized } from './ledger';
import { poolsAt } from './pools';

export interface Findings {
  /** The largest difference of the output from the model's own runtime, over its largest value, by image. */
  output?: readonly number[];
  /** The runtime's own difference from the framework's output. */
  runtime?: readonly number[];
  gradient?: readonly number[];
  /** The gates that stand on another side than in float64, where the gradient is too far off. */
  flips?: Flips;
  /** The windows of max pools that choose another element than in float64, where no gate explains it. */
  pools?: Flips;
  /** The gradient of the same program in the truth's own arithmetic, where it is too far off: what only rounding had moved is back. */
  alike?: readonly number[];
  /** The same beside autograd of the file itself, whose weights its exporter may have rounded anew. */
  file?: readonly number[];
  /**
   * Why the framework has no gradient, and what ours then is off by from central differences in double arithmetic; also where the
   * framework has float32 alone, whose gates rounding flips as well.
   */
  noTruth?: string;
  differences?: readonly number[];
  /** Grad-CAM's default layer, with its shape; and the shares of places where the map, before its rectifier, is above and below 0. */
  layer?: string;
  positive?: number;
  negative?: number;
  /** The share of relevance that does not arrive, by image. */
  absorbed?: readonly number[];
  absorbedWithoutBiases?: readonly number[];
  /** The share of these that stays where a rule has nothing to share by: no positive contribution, or a sum of exactly 0. */
  unplaced?: readonly number[];
  /** The node where most of that stays. */
  holder?: string;
  /** The node that keeps most of what is lost besides. */
  keeper?: string;
  /** Both in double arithmetic, since in float32 large relevances of both signs cancel. */
  conservedInDouble?: boolean;
  /** What is to be known of a row that did not fail. */
  readonly note?: string | undefined;
  /** Why a step failed. */
  readonly failures: Partial<Record<Step, string>>;
}

/** What may be lost of relevance by rounding. */
export const CONSERVED = 1e-4;

export type Step = 'read' | 'gradient' | 'grad-cam' | 'lrp' | 'lrp without biases';

export interface Reading {
  readonly graph: Graph;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  /** Whether the model's own images, and its output where that is images, have their channels last; the graph has them second. */
  readonly imagesLast?: boolean | undefined;
  readonly outputLast?: boolean | undefined;
}

/**
 * @param truths the arithmetic of the truth's gradient: doubles, or the backend that differentiated
 * @param own what the model's own runtime gives; default the truth's output
 * @param ofFile the gradient by autograd of the file itself, where it is not what the truth was taken of; nothing if it can't be had
 */
export async function examine(
  { graph, input, output, imagesLast = false, outputLast = false }: Reading,
  folder: string,
  about: Case,
  backend: Backend,
  truths: Backend,
  own?: ArrayLike<number>,
  ofFile?: () => Float64Array | undefined,
): Promise<Findings> {
  const findings: Findings = { failures: {} };
  const count = about.shape[0]!;
  const images = imagesOf(floats(`${folder}images.f32`), about.shape, imagesLast);
  const outputName = output ?? Object.keys(graph.outputs)[0]!;
  const { objective, target } = scoreOf(about.objective, graph.outputs[outputName]!, outputName, outputLast);
  const run = async (model: Graph, method: Method, on = backend) => {
    const options: ExplainerOptions = {
      backend: on,
      method,
      input,
      output,
      objective,
      target: target && 'input',
    };
    const explainer = await createExplainer(model, options);
    try {
      return await explainer.explain(images, { ...(target && { target: [...target] }) });
    } finally {
      await explainer.dispose();
    }
  };
  const attempt = async (step: Step, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      findings.failures[step] = oneSentence(error);
    }
  };

  await attempt('gradient', async () => {
    const found = await run(graph, gradient());
    const truth = own ?? doubles(`${folder}output.f64`);
    findings.output = errorsOf(inOwnLayout(found.output, outputLast), Float64Array.from(truth), count);
    if (own) findings.runtime = errorsOf(own, doubles(`${folder}output.f64`), count);
    if (about.noGradient) {
      findings.noTruth = about.noGradient;
      findings.differences = await differencesOf(graph, images, { input, output, objective, target });
    } else {
      const ours = inOwnLayout(found.relevance, imagesLast);
      findings.gradient = errorsOf(ours, doubles(`${folder}gradient.f64`), count);
      if (!isClose(findings.gradient, about.float32.gradient)) {
        const flips = await flipsOf(graph, outputName, images, backend);
        if (flips) findings.flips = flips;
        if (!isRounding(flips)) findings.pools = await poolsIn(graph, outputName, images, backend);
        const exact = inOwnLayout((await run(graph, gradient(), truths)).relevance, imagesLast);
        findings.alike = errorsOf(exact, doubles(`${folder}gradient.f64`), count);
        const file = Math.max(...findings.alike) > ROUNDING ? ofFile?.() : undefined;
        if (file) findings.file = errorsOf(exact, file, count);
        // tf.grad's float32 has gates on the wrong side as well: who is right, double arithmetic says.
        if (!about.float32.gradient && Math.max(...findings.alike) > ROUNDING && isRounding(flips))
          findings.differences = await differencesOf(graph, images, { input, output, objective, target });
      }
    }
  });
  await attempt('grad-cam', async () => {
    const seen: { layer?: Value; names?: ReadonlyMap<string, Value> } = {};
    const { relevance } = await run(graph, watched(gradCam({ relu: false }), seen));
    const values = Array.from(relevance.data, Number);
    findings.positive = values.filter((value) => value > 0).length / values.length;
    findings.negative = values.filter((value) => value < 0).length / values.length;
    findings.layer = nameOf(seen.layer!, seen.names!);
  });
  if ([...rolesOf(graph).of.values()].includes('bilinear')) {
    findings.failures.lrp =
      'EpsilonPlus has no rule for products of two computed matrices (attention), so it does not conserve there; attn-lrp has';
    return findings;
  }
  await attempt('lrp', async () => {
    findings.absorbed = shares((await run(graph, lrpEpsilonPlus())).relevance);
  });
  await attempt('lrp without biases', async () => {
    const unbiased = withoutBiases(graph);
    findings.absorbedWithoutBiases = shares((await run(unbiased, unstabilized)).relevance);
    if (conserves(findings.absorbedWithoutBiases)) return;
    // What cancels at this precision is told from what is lost by double arithmetic.
    for (const on of isSmall(about) ? [backend, referenceBackend()] : [backend]) {
      const entries: Entry[] = [];
      Object.assign(findings, balanceOf(entries, (await run(unbiased, ledger(entries), on)).relevance));
      findings.conservedInDouble = on !== backend;
      if (conserves(findings.absorbedWithoutBiases!, findings.unplaced)) break;
    }
    // Of what does not arrive, nothing more can be lost.
    if (!arrives(findings.absorbedWithoutBiases!)) throw new Error(`nothing arrives: ${findings.holder}`);
  });
  return findings;
}

/** Within 1e-5 of the largest value, or three times the framework's own float32. */
export const isClose = (ours: readonly number[], own: readonly number[] | null) =>
  Math.max(...ours) <= 1e-5 || (own !== null && isWithin(ours, own));

/** Whether what is lost is no more than what z⁺ can't hand on. */
export const conserves = (lost: readonly number[], left: readonly number[] = []) =>
  lost.every((share, image) => Math.abs(share - (left[image] ?? 0)) <= CONSERVED);

/** Whether something arrives of each image, so that there is something to conserve. */
export const arrives = (lost: readonly number[]) => lost.every((share) => Math.abs(1 - share) > CONSERVED);

/** What a gate differs by in parts of its layer's largest value, where only rounding has flipped it. */
const ROUNDING = 1e-5;

/** Whether gates may have moved a gradient that is further off: it jumps where a rectifier's input crosses zero. */
export const isRounding = (flips: Flips | undefined) =>
  flips !== undefined && flips.count > 0 && flips.farthest < ROUNDING;

/** The gates that stand on another side than in float64, one image after another, since the batch may be fixed. */
async function flipsOf(graph: Graph, output: string, images: Tensor, backend: Backend) {
  let [count, farthest] = [0, 0];
  for (let image = 0; image < images.shape[0]!; image++) {
    const one = pick({ tensor: images, targets: new Array<number>(images.shape[0]!).fill(0) }, [image]);
    const own = { graph: canonize(graph), output };
    const found = await flipsAt(own, { graph, output }, one, backend);
    if (!found) return undefined;
    count += found.count;
    farthest = Math.max(farthest, found.farthest);
  }
  return { count, farthest };
}

/** The same of pools. */
async function poolsIn(graph: Graph, output: string, images: Tensor, backend: Backend): Promise<Flips> {
  const [count, ...shape] = images.shape as [number, ...number[]];
  const size = images.data.length / count;
  const found: Flips[] = [];
  for (let image = 0; image < count; image++) {
    const one = tensor((images.data as Float32Array).slice(image * size, (image + 1) * size), [1, ...shape]);
    found.push(await poolsAt(graph, output, one, backend));
  }
  return {
    count: found.reduce((sum, each) => sum + each.count, 0),
    farthest: Math.max(...found.map(({ farthest }) => farthest)),
  };
}

/** What the books come to, [N, entries, 1, 1]. */
function balanceOf(entries: readonly Entry[], { data, shape }: Tensor) {
  const images = Array.from({ length: shape[0]! }, (_, at) => at);
  const amount = (image: number, entry: number) => Number(data[image * entries.length + entry]);
  const sums = (isCounted: (entry: Entry) => boolean) =>
    images.map((image) =>
      entries.reduce((sum, entry, at) => sum + (isCounted(entry) ? amount(image, at) : 0), 0),
    );
  const isKept = ({ cause }: Entry) => cause === 'kept';
  const size = (at: number) => Math.max(...images.map((image) => Math.abs(amount(image, at))));
  const sized = entries.map((entry, at) => ({ ...entry, size: size(at) })).sort((a, b) => b.size - a.size);
  const keeper = sized.find(isKept);
  const holder = sized.find((entry) => !isKept(entry));
  const nodeOf = ({ node }: Entry) => `${node.op} "${node.name}"`;
  return {
    absorbedWithoutBiases: sums(() => true),
    unplaced: sums((entry) => !isKept(entry)),
    ...(holder && {
      holder: `${nodeOf(holder)} holds ${holder.size.toExponential(0)}, ${why[holder.cause]}`,
    }),
    ...(keeper && { keeper: `${nodeOf(keeper)} keeps ${keeper.size.toExponential(0)}` }),
  };
}

const why: Readonly<Record<Entry['cause'], string>> = {
  kept: 'which no rule does',
  'nothing positive': 'since nothing contributes positively there',
  'sum of 0': 'since without biases it is exactly 0',
  'no derivative': 'since its values go in steps',
};

/** Whether double arithmetic, which is an interpreter's here, takes seconds and not hours. */
const isSmall = ({ shape }: Case) => shape.slice(1).reduce((size, each) => size * each) <= 3 * 256 * 256;

const shares = (relevance: Tensor) => [...absorbed(relevance)];

/** Grad-CAM that says which layer it took: the first it asks the gradient of. */
function watched(method: Method, seen: { layer?: Value; names?: ReadonlyMap<string, Value> }): Method {
  return {
    ...method,
    build: (context) =>
      method.build({
        ...context,
        backward: (wrt, ruleOf) => {
          seen.layer = wrt[0]!;
          seen.names = context.model.names;
          return context.backward(wrt, ruleOf);
        },
      }),
  };
}

/** The shortest name that a person could give for a layer, which PyTorch's modules have before tensors and paths. */
function nameOf(value: Value, names: ReadonlyMap<string, Value>): string {
  const own = [...names].filter(([, each]) => each === value).map(([name]) => name);
  const rank = (name: string) => (value.node?.scopes?.includes(name) ? 0 : name === value.node?.name ? 1 : 2);
  const name =
    own.sort((a, b) => rank(a) - rank(b) || a.length - b.length)[0] ?? value.node?.op ?? 'the input';
  const places = value.shape.slice(1).map(String).join('×');
  return `${name} (${places})`;
}

/** Images in the layout of the graph, which is channels first. */
function imagesOf(data: Float32Array, shape: readonly number[], channelsLast: boolean): Tensor {
  if (!channelsLast || shape.length !== 4) return tensor(data, shape);
  const [count, height, width, channels] = shape as readonly [number, number, number, number];
  const moved = permuted(data, [count, height * width, channels]);
  return tensor(moved, [count, channels, height, width]);
}

/** [N, C, H, W] as the model's own runtime lays it out. */
function inOwnLayout({ data, shape }: Tensor, channelsLast: boolean): ArrayLike<number> {
  const values = data as Float32Array;
  if (!channelsLast || shape.length !== 4) return values;
  const [count, channels, height, width] = shape as readonly [number, number, number, number];
  return permuted(values, [count, channels, height * width]);
}

/** [N, a, b] as [N, b, a]. */
function permuted(data: Float32Array, [count, a, b]: readonly [number, number, number]): Float32Array {
  const moved = new Float32Array(data.length);
  for (let image = 0; image < count; image++)
    for (let i = 0; i < a; i++)
      for (let j = 0; j < b; j++) moved[(image * b + j) * a + i] = data[(image * a + i) * b + j]!;
  return moved;
}

function scoreOf(
  explained: Explained,
  value: Value,
  name: string,
  channelsLast: boolean,
): { objective?: Objective; target?: readonly number[] } {
  if (explained.kind === 'class') return { target: explained.targets };
  const rank = value.shape.length;
  const axis =
    channelsLast && rank === 4
      ? explained.axis === 0
        ? 0
        : explained.axis === 3
          ? 1
          : explained.axis + 1
      : explained.axis;
  const { index } = explained;
  const objective: Objective = (g, outputs) => {
    const output = outputs[name]!;
    const slice = g.op('Slice', [output], { starts: [index], ends: [index + 1], axes: [axis], steps: [1] });
    const others = Array.from({ length: rank - 1 }, (_, at) => at + 1);
    return g.op('ReduceMean', [slice], { axes: others, keepdims: 0 });
  };
  return { objective };
}

/** What went wrong, as a sentence of a table. */
export function oneSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n')[0]!.replaceAll('|', '/');
  return line.length > 220 ? `${line.slice(0, 217)}…` : line;
}
