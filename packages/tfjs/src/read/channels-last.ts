/**
 * Builds a graph from a model whose tensors have their channels last.
 *
 * What is handed around are the values that the tfjs model knows, [N, H, W, C]. Behind each of them that is an image there
 * is the same image channels first, as graphs have it, and a Transpose that ties the two together. An operator on images is
 * done on the channels-first ones, with its axes, pads and shapes said anew, and its result is tied in the same way. A
 * Transpose that nobody reads is no part of the graph: between convolutions none is left, and norms, biases and
 * activations stand directly behind their convolution, as canonizers and rules look for them.
 */
import {
  type Attributes,
  type Builder,
  type Dim,
  isBatch,
  type NodeNames,
  operators,
  productOf,
  sameDim,
  sameShape,
  type Value,
} from '@regional-saliency/core';
import { channelsLast as lastLayout, standard } from '../layout';
import { storedAs } from '../stored';

export interface ChannelsLast {
  readonly g: Builder;
  /**
   * The first output of an ONNX operator. Axes, pads and shapes are those of the channels-last model; what Conv,
   * ConvTranspose, pools, BatchNormalization and DepthToSpace say of a window or of channels is as in ONNX, and so are their
   * weights (`storedAs` gives a tfjs model's kernel as such).
   */
  op(op: string, inputs: readonly (Value | undefined)[], attributes?: Attributes, options?: NodeNames): Value;
  /** All outputs of an operator (Split). */
  outputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes?: Attributes,
    options?: NodeNames,
  ): Value[];
  /** The channels-first view of a value of rank 3 or more. */
  image(x: Value): Value;
  /** The channels-last value of a channels-first one of rank 3 or more. */
  last(y: Value): Value;
  /** What the graph calls by a name: the channels-first view where there is one already, else the value. */
  named(x: Value): Value;
  /** An input of the graph, whose shape is given channels last: of rank 4 and 5, the graph's own is channels first. */
  input(name: string, shape: readonly Dim[]): Value;
}

/** The axes of a channels-last tensor in channels-first order: the argument of the Transpose, and the axis at each place. */
const toFirst = (rank: number) => [0, rank - 1, ...standard(rank).slice(1, -1)];
const toLast = lastLayout;

/** Where an axis of a channels-last tensor is in the channels-first one. */
const firstAxis = (axis: number, rank: number) => toFirst(rank).indexOf(axis < 0 ? axis + rank : axis);

/** Operators whose first input is an image by definition. */
const onImages = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'DepthToSpace',
]);

/** Operators that take elements together which lie at the same place. */
const elementwise = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Pow', 'Max', 'Min'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Not', 'Where'],
  ...['Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish'],
  ...['Softplus', 'Softsign', 'Swish', 'Mish', 'Gelu', 'Erf', 'Exp', 'Log', 'Sqrt', 'Reciprocal'],
  ...['Sin', 'Cos', 'Atan', 'Neg', 'Abs', 'Sign', 'Floor', 'Ceil', 'Round', 'IsNaN', 'Cast', 'Identity'],
]);

/** Operators along axes, and how their attributes read on a channels-first tensor. */
const alongAxes: Readonly<Record<string, (attributes: Attributes, rank: number) => Attributes | undefined>> =
  {
    Concat: oneAxis,
    Softmax: oneAxis,
    LogSoftmax: oneAxis,
    Split: (attributes, rank) => oneAxis({ axis: 0, ...attributes }, rank),
    Slice: (attributes, rank) => ({
      ...attributes,
      axes: listOf(attributes.axes, standard((attributes.starts as number[]).length)).map((axis) =>
        firstAxis(axis, rank),
      ),
    }),
    Pad: (attributes, rank) => {
      const pads = attributes.pads as number[];
      return { ...attributes, pads: [...turned(pads.slice(0, rank)), ...turned(pads.slice(rank))] };
    },
    Expand: (attributes, rank) => {
      const shape = attributes.shape as Dim[];
      if (shape.length > rank) return undefined;
      return { shape: turned([...new Array<Dim>(rank - shape.length).fill(1), ...shape]) };
    },
    Resize: (attributes, rank) => ({
      ...attributes,
      axes: listOf(attributes.axes, standard(rank)).map((axis) => firstAxis(axis, rank)),
    }),
  };

const reductions = new Set(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ArgMax']);
const reshapes = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

function oneAxis(attributes: Attributes, rank: number): Attributes {
  return { ...attributes, axis: firstAxis((attributes.axis as number | undefined) ?? -1, rank) };
}

const listOf = (list: Attributes[string], otherwise: readonly number[]) =>
  (list as readonly number[] | undefined) ?? otherwise;

/** One thing an axis, said for the channels-first tensor. */
function turned<T>(list: readonly T[]): T[] {
  return toFirst(list.length).map((axis) => list[axis]!);
}

/** Whether a channels-last shape has one place only, so that its elements lie as in the channels-first one. */
const onePlace = (shape: readonly Dim[]) => shape.slice(1, -1).every((dim) => dim === 1);

export function channelsLast(g: Builder): ChannelsLast {
  /** The channels-first image behind each channels-last value. */
  const behind = new Map<Value, Value>();
  /** Constants as they broadcast against images, so that two uses of one are one. */
  const operands = new Map<string, Value>();

  function last(y: Value): Value {
    const rank = y.shape.length;
    if (rank < 3) return y;
    const x = onePlace(toLast(rank).map((axis) => y.shape[axis]!))
      ? g.reshape(
          y,
          toLast(rank).map((axis) => y.shape[axis]!),
        )
      : g.transpose(y, toLast(rank));
    // An image without extent has one shape both ways, and one value.
    if (x !== y) behind.set(x, y);
    return x;
  }

  function image(x: Value): Value {
    const known = behind.get(x);
    if (known) return known;
    const rank = x.shape.length;
    if (rank < 3) return x;
    const shape = turned(x.shape);
    if (x.constant) {
      const y = g.constantOf(storedAs(x.constant, shape as number[], toLast(rank)), x.name);
      behind.set(x, y);
      return y;
    }
    if (!onePlace(x.shape)) {
      const y = g.transpose(x, toFirst(rank));
      behind.set(x, y);
      return y;
    }
    // What was only given places of size 1 is given them in front of nothing instead.
    const { node } = x;
    const from = node?.op === 'Reshape' ? node.inputs[0]! : x;
    const y = g.reshape(from, shape);
    if (y !== x) behind.set(x, y);
    return y;
  }

  /** All places of an image in one axis, [N, H·W, C]: so no tensor of rank 4 has its channels last. */
  function places(x: Value): Value {
    const y = behind.get(x);
    if (!y || y.constant || x.shape.length < 4) return x;
    if (onePlace(x.shape)) return y;
    const [n, channels, ...spatial] = y.shape as [Dim, Dim, ...Dim[]];
    return last(g.reshape(y, [n, channels, productOf(spatial)]));
  }

  /** An operand of an elementwise operator, as it broadcasts against channels-first tensors of a rank. */
  function operand(x: Value, rank: number): Value {
    const own = x.shape.length;
    if (own === 0) return x;
    if (own === rank) return image(x);
    const wide = [...new Array<Dim>(rank - own).fill(1), ...x.shape];
    const first = turned(wide);
    // Axes of size 1 in front are implied.
    const front = first.findIndex((dim) => dim !== 1);
    const needed = front < 0 ? [1] : first.slice(front);
    if (!x.constant) return g.reshape(image(g.reshape(x, wide)), needed);
    const key = `${x.id} ${rank}`;
    const known = operands.get(key);
    if (known) return known;
    const layout = toLast(rank).flatMap((axis) =>
      axis < rank - needed.length ? [] : [axis - rank + needed.length],
    );
    const y = g.constantOf(storedAs(x.constant, needed as number[], layout), x.name);
    operands.set(key, y);
    return y;
  }

  /**
   * The rank of the images that an operator is done on channels first, if it is: of rank 4 and more as soon as one input
   * is an image, since then what is made of it is one too; sequences only where all are.
   */
  function imageRank(inputs: readonly (Value | undefined)[]): number | undefined {
    const values = inputs.filter((input) => input !== undefined);
    const rank = Math.max(...values.map((value) => value.shape.length));
    const whole = values.filter((value) => value.shape.length === rank && !value.constant);
    const known = whole.filter((value) => behind.has(value));
    const enough =
      rank > 3 ? known.length > 0 : rank === 3 && known.length === whole.length && known.length > 0;
    return enough ? rank : undefined;
  }

  function reshape(x: Value, target: readonly Dim[], names: NodeNames): Value {
    if (sameShape(target, x.shape)) return x;
    const rank = target.length;
    const channels = target.at(-1);
    const sameRows = rank > 0 && sameDim(target[0]!, x.shape[0] ?? 1);
    const keepsChannels =
      sameRows && rank >= 3 && x.shape.length >= 3 && !isBatch(channels!) && channels === x.shape.at(-1);
    if (keepsChannels && (behind.has(x) || rank > 3)) {
      return last(g.op('Reshape', [image(x)], { shape: turned(target) }, names));
    }
    const from = places(x);
    // An image made of a row: its places are separated first, so that no tensor of rank 4 has its channels last.
    if (rank > 3 && sameRows && !onePlace(target) && !x.constant) {
      const sequence = g.reshape(from, [target[0]!, productOf(target.slice(1, -1)), target.at(-1)!]);
      return last(g.op('Reshape', [image(sequence)], { shape: turned(target) }, names));
    }
    return sameShape(from.shape, target) ? from : g.op('Reshape', [from], { shape: target }, names);
  }

  /** The tensor whose axes are these of a channels-last one, from its channels-first image. */
  function withAxes(y: Value, axes: readonly number[], of: readonly number[], names: NodeNames): Value {
    const perm = axes.map((axis) => of.indexOf(axis));
    if (perm.length >= 3 && toLast(perm.length).every((axis, at) => axis === perm[at])) return last(y);
    return perm.every((axis, at) => axis === at) ? y : g.op('Transpose', [y], { perm }, names);
  }

  function outputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    names: NodeNames = {},
  ): Value[] {
    const [x] = inputs;
    const made = (values: readonly (Value | undefined)[], own: Attributes = attributes) => {
      const all = g.node(op, values, own, names).outputs;
      return all.map((value) => g.folded(value));
    };
    if (x && onImages.has(op)) {
      if (x.shape.length < 3) return made(inputs);
      return made([image(x), ...inputs.slice(1)]).map(last);
    }
    if (reshapes.has(op)) return [reshape(x!, reshapedShape(g, op, x!, attributes), names)];
    const rank = x && imageRank(inputs);
    if (rank === undefined) return made(inputs);
    if (elementwise.has(op)) return made(inputs.map((input) => input && operand(input, rank))).map(last);
    const firstAttributes = inputs.every((input) => input?.shape.length === rank)
      ? alongAxes[op]?.(attributes, rank)
      : undefined;
    if (firstAttributes)
      return made(
        inputs.map((input) => image(input!)),
        firstAttributes,
      ).map(last);
    const y = behind.get(x!);
    if (y && reductions.has(op)) {
      const full = operators[op]!.normalize!(attributes, inputs);
      const axes = op === 'ArgMax' ? [full.axis as number] : (full.axes as number[]);
      const own = axes.map((axis) => firstAxis(axis, rank));
      const reduced = made([y], op === 'ArgMax' ? { ...full, axis: own[0]! } : { ...full, axes: own })[0]!;
      if (full.keepdims === 1) return [last(reduced)];
      const kept = standard(rank).filter((axis) => !axes.includes(axis));
      return [
        withAxes(
          reduced,
          kept,
          toFirst(rank).filter((axis) => !axes.includes(axis)),
          names,
        ),
      ];
    }
    if (y && op === 'Transpose') {
      const perm = listOf(attributes.perm, [...standard(rank)].reverse());
      return [withAxes(y, perm, toFirst(rank), names)];
    }
    return made(inputs);
  }

  return {
    g,
    op: (op, inputs, attributes, options) => outputs(op, inputs, attributes, options)[0]!,
    outputs,
    image,
    last,
    named: (x) => behind.get(x) ?? x,
    input(name, shape) {
      if (shape.length < 4) return g.input(name, shape);
      return last(g.input(name, turned(shape)));
    },
  };
}

/** The shape that a reshaping operator gives. */
function reshapedShape(g: Builder, op: string, x: Value, attributes: Attributes): readonly Dim[] {
  return g.op(op, [x], attributes).shape;
}
