/**
 * Which part of a network is local: where a change of some places of the input changes some places only, and how many.
 *
 * Convolutions, pools and whatever acts on each place by itself are local; a mean over all places, attention and dense
 * layers are not.
 */
import {
  fixedSize,
  type Graph,
  isFixed,
  type Node,
  nodesOf,
  readersOf,
  sameShape,
  sizeOf,
  spatialOf,
  type Value,
  windowOf,
} from '@regional-saliency/core';
import { type Extent, readFor, type Slide, slid, united } from './extent';

/** Extents along rows and columns. */
export type Area = readonly [rows: Extent, columns: Extent];

/** A change of the input as it arrives at values of the local part, and what the part is followed by. */
export interface LocalPart {
  readonly areas: ReadonlyMap<Value, Area>;
  /** The nodes of the local part, each after all it reads. */
  readonly nodes: readonly Node[];
  /** The one value through which all of it goes on; the input itself where nothing is gained. */
  readonly cut: Value;
}

/** Moving one element costs as much as so many multiplications of a convolution; about so on onnxruntime, two cores. */
export const MOVE = 300;

/**
 * The local part that ends where a whole pass costs least.
 *
 * @param input [N, C, H, W]
 * @param area where the input is changed
 * @param move what moving an element costs, in multiplications
 */
export function localPart(model: Graph, output: Value, input: Value, area: Area, move = MOVE): LocalPart {
  const explained = { ...model, outputs: { output } };
  const readers = readersOf(explained);
  // Values of the local part that are still to be read, and how often.
  const open = new Map<Value, number>([[input, readers.get(input)?.length ?? 0]]);

  const areas = new Map<Value, Area>([[input, area]]);
  const touched = new Set<Value>([input]);
  const nodes: Node[] = [];
  // What has been saved so far, against computing every place.
  let saved = 0;
  let best: { saved: number; cut: Value; count: number } = { saved: 0, cut: input, count: 0 };
  for (const node of nodesOf(explained)) {
    if (!node.inputs.some((value) => value && touched.has(value))) continue;
    const [result] = node.outputs as [Value];
    touched.add(result);
    const reached = areaBehind(node, areas);
    if (!reached || node.outputs.slice(1).some((value) => readers.has(value))) break;
    areas.set(result, reached);
    nodes.push(node);
    saved += savedBy(node, areas, reached, move);
    for (const value of new Set(node.inputs)) {
      if (!value || !open.has(value)) continue;
      const left = open.get(value)! - 1;
      if (left === 0) open.delete(value);
      else open.set(value, left);
    }
    if (readers.has(result)) open.set(result, readers.get(result)!.length);
    // All goes on through here, and it costs to put the change in its place.
    const worth = saved - move * sizeOf(result.shape.slice(1) as number[]);
    if (open.size === 1 && worth > best.saved && result !== output) {
      best = { saved: worth, cut: result, count: nodes.length };
    }
  }
  return { areas, nodes: nodes.slice(0, best.count), cut: best.cut };
}

/** The area of a node's result; undefined where the node is not local. */
function areaBehind(node: Node, areas: ReadonlyMap<Value, Area>): Area | undefined {
  const [result] = node.outputs as [Value];
  if (result.shape.length !== 4 || !result.shape.slice(1).every((dim) => typeof dim === 'number')) return;
  const slides = slidesOf(node);
  if (slides) {
    const from = areas.get(node.inputs[0]!);
    const others = node.inputs.slice(1).every((value) => !value || isFixed(value));
    return from && others ? [slid(from[0], slides[0]), slid(from[1], slides[1])] : undefined;
  }
  if (!isPointwise(node)) return undefined;
  let area: Area | undefined;
  for (const value of node.inputs) {
    if (!value || (isFixed(value) && isEverywhere(node, value))) continue;
    const own = areas.get(value);
    // A tensor that was broadcast (a gate a channel) depends on more than a place.
    if (!own || !sameShape(value.shape.slice(2), result.shape.slice(2))) return undefined;
    area = area ? [united(area[0], own[0]), united(area[1], own[1])] : own;
  }
  return area;
}

/** The windows of a node that slides one; undefined where it slides none, or one that knows where it is. */
export function slidesOf({ op, attributes, inputs, outputs }: Node): readonly [Slide, Slide] | undefined {
  if (op !== 'Conv' && op !== 'MaxPool' && op !== 'AveragePool') return undefined;
  const x = inputs[0]!;
  if (x.shape.length !== 4) return undefined;
  const { kernel, strides, dilations, pads } = windowOf(attributes);
  // A mean over what lies inside has another divisor at the edge.
  const padded = pads.some((pad) => pad !== 0);
  if (op === 'AveragePool' && (attributes.ceil_mode || (padded && !attributes.count_include_pad))) return;
  if (pads.some((pad) => pad < 0)) return undefined;
  const sizes = spatialOf(outputs[0]!);
  const along = (axis: 0 | 1): Slide => ({
    kernel: kernel[axis]!,
    stride: strides[axis]!,
    dilation: dilations[axis]!,
    pad: pads[axis]!,
    out: sizes[axis]!,
  });
  return [along(0), along(1)];
}

const pointwise = new Set(
  `Abs Add BatchNormalization Ceil Clip Concat Div Dropout Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity LeakyRelu
  Log Max Min Mish Mul Neg Pow Reciprocal Relu Selu Sigmoid Sign Softplus Softsign Sqrt Sub Swish Tanh`.split(
    /\s+/,
  ),
);

function isPointwise({ op, attributes }: Node): boolean {
  return pointwise.has(op) && (op !== 'Concat' || attributes.axis === 1);
}

/** Whether a constant is the same at every place: a number, or one a channel. */
function isEverywhere({ op }: Node, { shape }: Value): boolean {
  return op === 'BatchNormalization' || shape.every((dim, axis) => dim === 1 || axis - shape.length === -3);
}

/** Multiplications that a node is spared, less what it costs to bring together what it reads. */
function savedBy(node: Node, areas: ReadonlyMap<Value, Area>, [rows, columns]: Area, move: number): number {
  const slides = slidesOf(node);
  const moved = node.inputs.reduce((sum, value) => {
    const from = value && areas.get(value);
    if (!from) return sum;
    const channels = fixedSize(value.shape[1]!, 'the number of channels');
    if (!slides)
      return (
        sum +
        (from[0].size === rows.size && from[1].size === columns.size
          ? 0
          : channels * rows.size * columns.size)
      );
    return sum + channels * readFor(rows, slides[0]).count * readFor(columns, slides[1]).count;
  }, 0);
  const spared = rows.full * columns.full - rows.size * columns.size;
  return spared * workOf(node) - move * moved;
}

/** Multiplications a place of the result. */
function workOf({ op, inputs, outputs }: Node): number {
  const channels = fixedSize(outputs[0]!.shape[1]!, 'the number of channels');
  return op === 'Conv' ? sizeOf(inputs[1]!.shape as number[]) : channels;
}
