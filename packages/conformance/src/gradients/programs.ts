/** For every operator that has a gradient rule: random programs of one node, over what its geometry may be. */
import { type Attributes, type Dim, isBatch, N, productOf, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import type { Parts } from '../case';
import { coarse, either, type Fill, integers, normal, positive } from '../random';
import {
  broadcasts,
  type Draws,
  distinct,
  draws,
  offKinks,
  offOthers,
  shapes,
  type WindowAxis,
  windowAttributes,
  windowAxes,
  windowFits,
  windowReach,
  withAxis,
} from './draw';

const eighths = (low: number, high: number) =>
  fc.integer({ min: low * 8, max: high * 8 }).map((value) => value / 8);

function unary(
  op: string,
  attributes: fc.Arbitrary<Attributes> = fc.constant({}),
  fill: Fill = offKinks,
): Draws {
  return draws(fc.record({ shape: shapes(0), attributes }), ({ shape, attributes: given }, { g, input }) =>
    g.op(op, [input(shape, fill)], given),
  );
}

function binary(op: string, first: Fill = offKinks, second: Fill = offOthers): Draws {
  return draws(broadcasts(2), ([a, b], { g, input }) => g.op(op, [input(a!, first), input(b!, second)]));
}

/** Of two equal ones PyTorch gives each half; there are no differences to compare with. */
function extremum(op: string): Draws {
  const geometry = fc.record({ operands: broadcasts(2), ties: fc.boolean() });
  return draws(
    geometry,
    ({ operands: [a, b], ties }, { g, input }) =>
      g.op(op, [input(a!, ties ? coarse : offKinks), input(b!, ties ? coarse : offOthers)]),
    { smooth: ({ ties }) => !ties },
  );
}

/** @param overBatch whether the batch may be among the axes */
function reduction(op: string, { fill = normal, ties, overBatch = true }: ReductionOptions = {}): Draws {
  const geometry = shapes(1).chain((shape) => {
    const axes = [...shape.keys()].filter((axis) => overBatch || !isBatch(shape[axis]!));
    return fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray(axes, { minLength: Math.min(1, axes.length) }),
      keepdims: fc.integer({ min: 0, max: 1 }),
      fromEnd: fc.boolean(),
      tied: ties ? fc.boolean() : fc.constant(false),
    });
  });
  return draws(
    geometry.filter(({ axes }) => axes.length > 0),
    ({ shape, axes, keepdims, fromEnd, tied }, { g, input }) =>
      g.op(op, [input(shape, tied ? ties! : fill)], {
        axes: fromEnd ? axes.map((axis) => axis - shape.length) : axes,
        keepdims,
      }),
    { smooth: ({ tied }) => !tied },
  );
}

interface ReductionOptions {
  readonly fill?: Fill;
  readonly ties?: Fill;
  readonly overBatch?: boolean;
}

const dimensions = (axes: readonly unknown[]) => `${axes.length}-D`;

const convolution = fc.record({
  axes: windowAxes,
  group: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 2 }),
  rows: fc.integer({ min: 1, max: 2 }),
  bias: fc.boolean(),
});

interface Convolution {
  axes: WindowAxis[];
  group: number;
  channels: number;
  rows: number;
  bias: boolean;
}

/** The title says how many axes there are, since some backends have no windows of three. */
const titled = <G extends { axes: readonly unknown[] }>(geometries: fc.Arbitrary<G>) =>
  geometries.map((geometry) => ({ windows: dimensions(geometry.axes), ...geometry }));

const weightsOf = ({ axes, group, channels, rows }: Convolution) => [
  rows * group,
  channels,
  ...axes.map(({ kernel }) => kernel),
];

const conv = draws(
  titled(convolution.filter(({ axes }) => windowFits(axes))),
  (geometry, { g, input, weight }) => {
    const { axes, group, channels, rows, bias } = geometry;
    const x = input([2, channels * group, ...axes.map(({ size }) => size)]);
    const inputs = [x, weight(weightsOf(geometry)), ...(bias ? [input([rows * group])] : [])];
    return g.op('Conv', inputs, { ...windowAttributes(axes), group });
  },
);

const convGrad = draws(
  titled(convolution.filter(({ axes }) => windowFits(axes))),
  (geometry, { g, input, weight }) => {
    const { axes, group, rows } = geometry;
    const out = axes.map(
      (axis) => Math.floor((axis.size + axis.begin + axis.end - windowReach(axis)) / axis.stride) + 1,
    );
    return g.op('ConvGrad', [input([2, rows * group, ...out]), weight(weightsOf(geometry))], {
      ...windowAttributes(axes),
      kernel_shape: axes.map(({ kernel }) => kernel),
      group,
      spatial: axes.map(({ size }) => size),
    });
  },
);

const transposedSize = (axis: WindowAxis) =>
  (axis.size - 1) * axis.stride + windowReach(axis) + paddingOf(axis) - axis.begin - axis.end;

/** ONNX allows less output_padding than a stride or a dilation. */
const paddingOf = ({ extra, stride, dilation }: WindowAxis) =>
  Math.min(extra, Math.max(stride, dilation) - 1);

const convTranspose = draws(
  titled(convolution.filter(({ axes }) => axes.every((axis) => transposedSize(axis) > 0))),
  (geometry, { g, input, weight }) => {
    const { axes, group, channels, rows, bias } = geometry;
    const x = input([2, rows * group, ...axes.map(({ size }) => size)]);
    const inputs = [x, weight(weightsOf(geometry)), ...(bias ? [input([channels * group])] : [])];
    return g.op('ConvTranspose', inputs, {
      ...windowAttributes(axes),
      group,
      output_padding: axes.map(paddingOf),
    });
  },
);

/** Whether each window, dilated perhaps, has a place within the image. */
function seesImage({ size, kernel, stride, dilation, begin, end }: WindowAxis): boolean {
  const last = size + begin + end;
  for (let first = -begin; first + begin < last; first += stride) {
    const places = Array.from({ length: kernel }, (_, at) => first + at * dilation);
    if (!places.some((place) => place >= 0 && place < size) && first < size) return false;
  }
  return true;
}

/** A window that sees padding only has no maximum and no mean: frameworks forbid pads as large as the window. */
function pool(op: 'MaxPool' | 'AveragePool'): Draws {
  const most = op === 'MaxPool' ? 2 : 1;
  const geometry = fc
    .record({
      axes: windowAxes.map((axes) =>
        axes.map((axis) => ({
          ...axis,
          dilation: Math.min(axis.dilation, most),
          begin: Math.min(axis.begin, Math.floor(axis.kernel / 2)),
          end: Math.min(axis.end, Math.floor(axis.kernel / 2)),
        })),
      ),
      channels: fc.integer({ min: 1, max: 3 }),
      counted: fc.boolean(),
      ceil: fc.boolean(),
      ties: fc.boolean(),
    })
    .filter(({ axes }) => windowFits(axes) && axes.every(seesImage));
  return draws(
    titled(geometry),
    ({ axes, channels, counted, ceil, ties }, { g, input }) =>
      g.op(op, [input([2, channels, ...axes.map(({ size }) => size)], ties ? coarse : distinct)], {
        ...windowAttributes(axes),
        kernel_shape: axes.map(({ kernel }) => kernel),
        ceil_mode: Number(ceil),
        ...(op === 'AveragePool' && { count_include_pad: Number(counted) }),
      }),
    { smooth: ({ ties }) => !ties },
  );
}

const globalPool = (op: string) =>
  draws(shapes(3, 4), (shape, { g, input }) => g.op(op, [input(shape, distinct)]));

const matMul = draws(
  fc.record({
    batches: broadcasts(2, 2),
    sizes: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 4 }))),
    vectors: fc.tuple(fc.boolean(), fc.boolean()),
  }),
  ({ batches: [a, b], sizes: [rows, inner, columns], vectors: [left, right] }, { g, input }) =>
    g.matMul(
      input(left ? [inner!] : [...a!, rows!, inner!]),
      input(right ? [inner!] : [...b!, inner!, columns!]),
    ),
);

const gemm = draws(
  fc.record({
    sizes: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 4 }))),
    transA: fc.integer({ min: 0, max: 1 }),
    transB: fc.integer({ min: 0, max: 1 }),
    alpha: eighths(-2, 2).filter((value) => value !== 0),
    beta: eighths(-2, 2).filter((value) => value !== 0),
    bias: fc.constantFrom('none', 'row', 'column', 'scalar', 'matrix'),
  }),
  ({ sizes: [rows, inner, columns], bias, ...attributes }, { g, input }) => {
    const biases: Record<string, number[]> = {
      row: [columns!],
      column: [rows!, 1],
      scalar: [],
      matrix: [rows!, columns!],
    };
    const shape = biases[bias];
    const a = input(attributes.transA ? [inner!, rows!] : [rows!, inner!]);
    const b = input(attributes.transB ? [columns!, inner!] : [inner!, columns!]);
    return g.op('Gemm', [a, b, ...(shape ? [input(shape)] : [])], attributes);
  },
);

const reshape = draws(
  fc.record({ shape: shapes(2), way: fc.integer({ min: 0, max: 4 }) }),
  ({ shape, way }, { g, input }) => {
    const [first, ...rest] = shape as [Dim, ...number[]];
    const targets: Dim[][] = [
      [first, productOf(rest)],
      [productOf(shape)],
      [0, 1, ...[...rest].reverse()],
      [-1, ...rest.slice(-1)],
      [...rest, first],
    ];
    return g.op('Reshape', [input(shape)], { shape: targets[way]! });
  },
);

const squeeze = draws(fc.record({ shape: shapes(1, 3), at: fc.nat(3) }), ({ shape, at }, { g, input }) => {
  const axis = Math.min(at, shape.length);
  return g.op('Squeeze', [input(shape.toSpliced(axis, 0, 1))], { axes: [axis] });
});

const unsqueeze = draws(
  fc.record({ shape: shapes(0, 3), axes: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 2 }) }),
  ({ shape, axes }, { g, input }) => {
    const rank = shape.length + axes.length;
    const within = [...new Set(axes.map((axis) => axis % rank))];
    while (within.length < axes.length) within.push(within.includes(0) ? 1 : 0);
    return g.op('Unsqueeze', [input(shape)], { axes: within });
  },
);

const transpose = draws(
  shapes(1, 5).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      perm: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    }),
  ),
  ({ shape, perm }, { g, input }) => g.op('Transpose', [input(shape)], { perm }),
);

const expand = draws(broadcasts(2), ([to, from], { g, input }) => {
  input(to!);
  return g.op('Expand', [input(from!)], { shape: to! });
});

const concat = draws(
  fc.record({
    place: withAxis(1),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  }),
  ({ place: { shape, axis }, sizes }, { g, input }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    return g.op(
      'Concat',
      sizes.map((size) => input(shape.with(at, size))),
      { axis },
    );
  },
);

const split = draws(
  fc.record({
    place: withAxis(1),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  }),
  ({ place: { shape, axis }, sizes }, { g, input }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return g.node('Split', [input(shape.with(at, total))], { axis, split: sizes }).outputs[0]!;
  },
);

const slice = draws(
  fc.record({
    place: withAxis(1),
    size: fc.integer({ min: 1, max: 9 }),
    from: fc.nat(8),
    count: fc.integer({ min: 1, max: 4 }),
    step: fc.integer({ min: 1, max: 4 }),
    backwards: fc.boolean(),
  }),
  ({ place: { shape, axis }, size, from, count, step, backwards }, { g, input }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const start = from % size;
    const end = backwards ? start - count * step : start + count * step;
    // Beyond the first is no place that can be counted from the end.
    const last = end < 0 ? -size - 1 : end;
    return g.op('Slice', [input(shape.with(at, size))], {
      starts: [start],
      ends: [last],
      axes: [axis],
      steps: [backwards ? -step : step],
    });
  },
);

const pad = draws(
  withAxis(1).chain(({ shape, axis }) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.constant(axis),
      size: fc.integer({ min: 3, max: 5 }),
      begin: fc.integer({ min: -1, max: 2 }),
      end: fc.integer({ min: -1, max: 2 }),
      mode: fc.constantFrom('constant', 'reflect', 'edge', 'wrap'),
    }),
  ),
  ({ shape, axis, size, begin, end, mode }, { g, input }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const pads = new Array<number>(2 * shape.length).fill(0);
    const least = mode === 'constant' ? -1 : 0;
    pads[at] = Math.max(begin, least);
    pads[at + shape.length] = Math.max(end, least);
    return g.op('Pad', [input(shape.with(at, size))], { pads, mode, value: 0.75 });
  },
);

const gather = draws(
  fc.record({
    place: withAxis(1),
    size: fc.integer({ min: 1, max: 4 }),
    indices: shapes(0, 2),
    known: fc.boolean(),
  }),
  ({ place: { shape, axis }, size, indices, known }, parts) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const x = parts.input(shape.with(at, size));
    return parts.g.op('Gather', [x, places(parts, known, indices, size)], { axis });
  },
);

/** Indices, from either end, that are known when the program is made or only when it runs. */
function places({ input, weight }: Parts, known: boolean, shape: readonly Dim[], size: number): Value {
  const fill = integers(-size, size - 1);
  const fixed = shape.map((dim) => (isBatch(dim) ? 2 : dim));
  return known ? weight(fixed, fill, 'int64') : input(fixed, fill, 'int64');
}

const gatherElements = draws(
  fc.record({
    place: withAxis(1),
    size: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  ({ place: { shape, axis }, size, count }, { g, input }) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const indices = input(shape.with(at, count), integers(-size, size - 1), 'int64');
    return g.op('GatherElements', [input(shape.with(at, size)), indices], { axis });
  },
);

const scatterElements = draws(
  fc.record({
    rows: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 2, max: 5 }),
    add: fc.boolean(),
  }),
  ({ rows, size, add }, { g, input, weight }) => {
    // What is put must be put at different places: one after another.
    const count = add ? size + 1 : size - 1;
    const fill: Fill = add ? integers(-size, size - 1) : (_, at) => at % count;
    const indices = weight([rows, count], fill, 'int64');
    return g.op('ScatterElements', [input([rows, size]), indices, input([rows, count])], {
      axis: 1,
      reduction: add ? 'add' : 'none',
    });
  },
);

const depthToSpace = draws(
  fc.record({
    block: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 3 }),
    sizes: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    mode: fc.constantFrom('DCR', 'CRD'),
  }),
  ({ block, channels, sizes, mode }, { g, input }) =>
    g.op('DepthToSpace', [input([N, channels * block * block, ...sizes])], { blocksize: block, mode }),
);

const indexed = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 2, max: 4 }),
  depth: fc.integer({ min: 1, max: 2 }),
  tail: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  known: fc.boolean(),
});

const gatherND = draws(indexed, ({ rows, size, depth, tail, known }, parts) => {
  const x = parts.input([...new Array<number>(depth).fill(size), ...tail]);
  return parts.g.op('GatherND', [x, places(parts, known, [rows, depth], size)]);
});

const scatterND = draws(
  fc.record({ geometry: indexed, add: fc.boolean() }),
  ({ geometry: { rows, size, depth, tail, known }, add }, parts) => {
    const { g, input, weight } = parts;
    const x = input([...new Array<number>(depth).fill(size), ...tail]);
    // What is put must be put at different places: down the diagonal.
    const count = add ? rows : Math.min(rows, size);
    const indices = add
      ? places(parts, known, [rows, depth], size)
      : weight([count, depth], (_, at) => Math.floor(at / depth), 'int64');
    return g.op('ScatterND', [x, indices, input([count, ...tail])], { reduction: add ? 'add' : 'none' });
  },
);

const batchNorm = draws(
  fc.record({ shape: shapes(2, 4), epsilon: fc.constantFrom(1e-5, 1e-3, 0.1) }),
  ({ shape, epsilon }, { g, input, weight }) => {
    const channels = [shape[1] as number];
    const [scale, shift, mean] = [weight(channels), weight(channels), weight(channels)];
    return g.op('BatchNormalization', [input(shape), scale, shift, mean, weight(channels, positive)], {
      epsilon,
    });
  },
);

const layerNorm = draws(
  fc.record({
    outer: shapes(1, 2),
    inner: fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 2 }),
    bias: fc.boolean(),
    fromEnd: fc.boolean(),
  }),
  ({ outer, inner, bias, fromEnd }, { g, input }) => {
    const x = input([...outer, ...inner], distinct);
    const axis = fromEnd ? -inner.length : outer.length;
    return g.op('LayerNormalization', [x, input(inner), ...(bias ? [input(inner)] : [])], {
      axis,
      epsilon: 1e-2,
    });
  },
);

const alongAxis = (op: string) =>
  draws(withAxis(1, { batch: true }), ({ shape, axis }, { g, input }) => g.op(op, [input(shape)], { axis }));

const resize = draws(
  fc.record({
    channels: fc.integer({ min: 1, max: 3 }),
    axes: fc.array(
      fc.record({
        from: fc.integer({ min: 1, max: 5 }),
        to: fc.integer({ min: 1, max: 9 }),
        times: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    mode: fc.constantFrom('nearest', 'linear', 'cubic'),
    coordinate_transformation_mode: fc.constantFrom(
      'half_pixel',
      'pytorch_half_pixel',
      'align_corners',
      'asymmetric',
    ),
    antialias: fc.integer({ min: 0, max: 1 }),
    open: fc.boolean(),
  }),
  ({ channels, axes, antialias, open, ...attributes }, { g, input }) => {
    const isNearest = attributes.mode === 'nearest';
    const x = input([open ? N : 2, channels, ...axes.map(({ from }) => from)]);
    // Between two elements at the same distance, a rounding in float32 decides: nearest ones are repeated only.
    const sizes = axes.map(({ from, to, times }) => (isNearest ? from * times : to));
    const nearest = isNearest && { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    const isSmoothed = antialias && !isNearest && { antialias };
    return g.op('Resize', [x], {
      ...attributes,
      ...nearest,
      ...isSmoothed,
      axes: axes.map((_, at) => at + 2),
      sizes,
    });
  },
);

const where = draws(broadcasts(3), ([condition, a, b], { g, input }) =>
  g.where(input(condition!, either, 'bool'), input(a!), input(b!)),
);

const clip = unary('Clip', fc.record({ min: eighths(-4, -1), max: eighths(0, 4) }, { requiredKeys: [] }));

const own = (values: Record<string, fc.Arbitrary<number>>) =>
  fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Attributes>;

/** The programs of each operator. */
export const gradientPrograms: Readonly<Record<string, Draws>> = {
  ...Object.fromEntries(
    [
      ...['Identity', 'Relu', 'Sigmoid', 'Tanh', 'HardSwish', 'Mish', 'Softplus', 'Softsign', 'Erf', 'Exp'],
      ...['Neg', 'Abs', 'Sin', 'Cos', 'Atan'],
    ].map((op) => [op, unary(op)]),
  ),
  ...Object.fromEntries(
    ['Log', 'Sqrt', 'Reciprocal'].map((op) => [op, unary(op, fc.constant({}), positive)]),
  ),
  Clip: clip,
  LeakyRelu: unary('LeakyRelu', own({ alpha: eighths(-1, 1) })),
  Elu: unary('Elu', own({ alpha: eighths(0, 2) })),
  Selu: unary('Selu', own({ alpha: eighths(1, 2), gamma: eighths(1, 2) })),
  HardSigmoid: unary('HardSigmoid', own({ alpha: fc.constantFrom(0.2, 1 / 6), beta: fc.constant(0.5) })),
  Swish: unary('Swish', own({ alpha: eighths(-2, 2) })),
  Gelu: unary(
    'Gelu',
    fc.constantFrom('none', 'tanh').map((approximate) => ({ approximate })),
  ),
  PRelu: draws(fc.record({ shape: shapes(2, 4), each: fc.boolean() }), ({ shape, each }, { g, input }) => {
    const channels = each ? [shape[1]!, ...shape.slice(2).map(() => 1)] : [1];
    return g.op('PRelu', [input(shape, offKinks), input(channels)]);
  }),
  Cast: unary('Cast', fc.constantFrom({ to: 'float64' }, { to: 'float32' })),
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div', normal, positive),
  Pow: binary('Pow', positive, normal),
  Mod: draws(
    fc.record({ operands: broadcasts(2), fmod: fc.integer({ min: 0, max: 1 }) }),
    (geometry, { g, input }) => {
      const {
        operands: [a, b],
        fmod,
      } = geometry;
      const divisors: Fill = (random) => [1.75, -1, 2.5, -0.5][Math.floor(random() * 4)]!;
      return g.op('Mod', [input(a!, offKinks), input(b!, divisors)], { fmod });
    },
  ),
  Max: extremum('Max'),
  Min: extremum('Min'),
  Where: where,
  Conv: conv,
  ConvGrad: convGrad,
  ConvTranspose: convTranspose,
  MaxPool: pool('MaxPool'),
  AveragePool: pool('AveragePool'),
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalMaxPool: globalPool('GlobalMaxPool'),
  MatMul: matMul,
  Gemm: gemm,
  Resize: resize,
  Reshape: reshape,
  Flatten: draws(fc.record({ shape: shapes(1), axis: fc.nat(4) }), ({ shape, axis }, { g, input }) =>
    g.op('Flatten', [input(shape)], { axis: Math.min(axis, shape.length) }),
  ),
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  DepthToSpace: depthToSpace,
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean', { overBatch: false }),
  ReduceProd: reduction('ReduceProd', { fill: coarse, overBatch: false }),
  ReduceMax: reduction('ReduceMax', { fill: distinct, ties: coarse }),
  ReduceMin: reduction('ReduceMin', { fill: distinct, ties: coarse }),
  Softmax: alongAxis('Softmax'),
  LogSoftmax: alongAxis('LogSoftmax'),
};
