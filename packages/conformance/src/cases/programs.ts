/** Whole programs: small networks with their gradient, the open batch, constants only, unusual inputs and outputs. */
import { type Attributes, type Dim, N, type Value, walk } from '@regional-saliency/core';
import { type Case, caseOf, type Parts } from '../case';
import { coarse, cycle, integers, positive } from '../random';

function conv(parts: Parts, x: Value, channels: number, size: number, attributes: Attributes = {}): Value {
  const { g, weight } = parts;
  const group = (attributes.group as number) ?? 1;
  const from = (x.shape[1] as number) / group;
  // Weights shrink with the fan-in, so that activations keep their size.
  const scaled = weight(
    [channels, from, size, size],
    (random) => (2 * random() - 1) * Math.sqrt(3 / (from * size ** 2)),
  );
  return g.op('Conv', [x, scaled, weight([channels], (random) => random() / 4)], attributes);
}

function batchNorm({ g, weight }: Parts, x: Value): Value {
  const c = [x.shape[1] as number];
  return g.op('BatchNormalization', [x, weight(c, positive), weight(c), weight(c), weight(c, positive)]);
}

const half = { strides: [2, 2], pads: [1, 1, 1, 1] };
const same = { pads: [1, 1, 1, 1] };

/** What ResNet is made of: a stem with a pool, an identity block, a block with a projection, a linear layer. */
function residualNet(parts: Parts, x: Value): Value {
  const { g, weight } = parts;
  const relu = (value: Value) => g.op('Relu', [value]);
  const stem = relu(batchNorm(parts, conv(parts, x, 4, 7, { strides: [2, 2], pads: [3, 3, 3, 3] })));
  const pooled = g.op('MaxPool', [stem], { kernel_shape: [3, 3], ...half });
  const inner = conv(parts, relu(batchNorm(parts, conv(parts, pooled, 4, 3, same))), 4, 3, same);
  const first = relu(g.add(inner, pooled));
  const down = batchNorm(parts, conv(parts, relu(conv(parts, first, 6, 3, half)), 6, 3, same));
  const second = relu(g.add(down, conv(parts, first, 6, 1, { strides: [2, 2] })));
  const features = g.op('Flatten', [g.op('GlobalAveragePool', [second])]);
  return g.op('Gemm', [features, weight([5, 6]), weight([5])], { transB: 1 });
}

/** MobileNet and DenseNet's parts: inverted residual with a gate, concatenation, average pool with ceil_mode. */
function mobileNet(parts: Parts, x: Value): Value {
  const { g, weight } = parts;
  const swish = (value: Value) => g.op('HardSwish', [value]);
  const stem = swish(conv(parts, x, 4, 3, { strides: [2, 2], auto_pad: 'SAME_UPPER' }));
  const wide = g.op('Clip', [conv(parts, stem, 8, 1)], { min: 0, max: 6 });
  const deep = g.op('Clip', [conv(parts, wide, 8, 3, { ...same, group: 8 })], { min: 0, max: 6 });
  const squeezed = g.op('GlobalAveragePool', [deep]);
  const gate = g.op('HardSigmoid', [conv(parts, g.op('Relu', [conv(parts, squeezed, 2, 1)]), 8, 1)], {
    alpha: 1 / 6,
  });
  const narrow = g.add(conv(parts, g.mul(deep, gate), 4, 1), stem);
  const joined = g.concat([narrow, g.op('Sigmoid', [stem]), g.op('Tanh', [narrow])], 1);
  const shrunk = g.op('AveragePool', [joined], { kernel_shape: [3, 3], ...half, ceil_mode: 1 });
  const flat = g.op('ReduceMean', [shrunk], { axes: [-1, -2], keepdims: 0 });
  return g.add(g.matMul(flat, weight([12, 5])), weight([5]));
}

/** Smooth throughout: patches, layer norm written out, attention, GELU. */
function transformer(parts: Parts, x: Value): Value {
  const { g, weight } = parts;
  const width = 6;
  const patches = conv(parts, x, width, 4, { strides: [4, 4] });
  const [rows, columns] = patches.shape.slice(2) as [number, number];
  const tokens = g.transpose(g.reshape(patches, [N, width, rows * columns]), [0, 2, 1]);
  const linear = (value: Value, from: number, to: number) =>
    g.add(
      g.matMul(
        value,
        weight([from, to], (random) => random() - 0.5),
      ),
      weight([to]),
    );
  const norm = (value: Value) => {
    const centred = g.sub(value, g.op('ReduceMean', [value], { axes: [-1] }));
    const variance = g.op('ReduceMean', [g.mul(centred, centred)], { axes: [-1] });
    return g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(1e-5))]));
  };
  const heads = (value: Value) => g.transpose(g.reshape(value, [N, rows * columns, 2, 3]), [0, 2, 1, 3]);
  const normal = norm(tokens);
  const [q, k, v] = [0, 1, 2].map(() => heads(linear(normal, width, width))) as [Value, Value, Value];
  const scores = g.mul(g.matMul(q, g.swapLast(k)), g.scalar(1 / Math.sqrt(3)));
  const mixed = g.matMul(g.op('Softmax', [scores], { axis: -1 }), v);
  const attended = g.add(tokens, g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [N, rows * columns, width]));
  const hidden = g.op('Gelu', [linear(norm(attended), width, 10)]);
  const last = g.add(attended, linear(hidden, 10, width));
  const first = g.op('Gather', [last, g.scalar(0, 'int64')], { axis: 1 });
  return linear(first, width, 5);
}

/** The logits, and the gradient of the predicted one, as `compile` makes them. */
function explained(parts: Parts, net: (parts: Parts, x: Value) => Value, shape: readonly Dim[]) {
  const { g, input, weight } = parts;
  const x = input(shape);
  const logits = net(parts, x);
  const target = g.op('ArgMax', [logits], { axis: 1, keepdims: 1 });
  const hit = g.op('Equal', [target, weight([5], (_, at) => at, 'int64')]);
  const seed = g.cast(hit, 'float32');
  const relevance = walk(g, { seeds: new Map([[logits, seed]]), wrt: [x] }).get(x)!;
  return { logits, target, relevance };
}

const networks: Case[] = [
  caseOf(
    'Residual network: forward and gradient, N of 1, 2 and 5 on one session',
    (parts) => explained(parts, residualNet, [N, 3, 21, 20]),
    { batches: [1, 2, 5] },
  ),
  caseOf('Mobile network: forward and gradient', (parts) => explained(parts, mobileNet, [N, 3, 11, 12])),
  caseOf('Transformer: forward and gradient', (parts) => explained(parts, transformer, [N, 3, 12, 12])),
  caseOf(
    'Open batch: sizes in any order on one session',
    ({ g, input, weight }) => {
      const x = input([N, 2, 6, 6]);
      const y = g.op('Conv', [x, weight([3, 2, 3, 3])], { strides: [2, 2] });
      const flat = g.op('Flatten', [g.op('Relu', [y])]);
      return { y, flat, mean: g.op('ReduceMean', [flat], { axes: [1], keepdims: 0 }) };
    },
    { batches: [5, 1, 2, 7, 1] },
  ),
  caseOf('Open batch: two images a row, 2N', ({ g, input, weight }) => {
    const pairs = input([{ batch: 2 }, 3, 4]);
    const apart = g.reshape(pairs, [N, 2, 3, 4]);
    return g.add(g.matMul(apart, weight([4, 2])), input([N, 1, 1, 2]));
  }),
];

const constants: Case[] = [
  caseOf('Constants only: clamped weights, as LRP makes them', ({ g, weight }) => {
    const w = weight([4, 3, 3, 3]);
    return {
      positive: g.op('Relu', [w]),
      negative: g.op('Clip', [w], { max: 0 }),
      low: g.op('Min', [w, g.scalar(0)]),
    };
  }),
  caseOf('Constants only: weights flipped and exchanged, as ConvGrad makes them', ({ g, weight }) => {
    const end = -(2 ** 31);
    const flipped = g.slice(weight([4, 3, 3, 2]), [-1, -1], [end, end], [2, 3], [-1, -1]);
    return g.transpose(flipped, [1, 0, 2, 3]);
  }),
  caseOf('Constants only: a convolution of constants', ({ g, weight }) =>
    g.op('Conv', [weight([1, 2, 5, 5]), weight([3, 2, 3, 3])]),
  ),
  caseOf('Constants beside an input: folded batch norm factors', ({ g, input, weight }) => {
    const factor = g.div(weight([3]), g.op('Sqrt', [g.add(weight([3], positive), g.scalar(1e-5))]));
    return g.mul(input([N, 3, 4, 4]), g.reshape(factor, [3, 1, 1]));
  }),
];

const interfaces: Case[] = [
  caseOf('Outputs: several, one of them read by others', ({ g, input }) => {
    const x = input([N, 3, 4]);
    const y = g.op('Relu', [x]);
    return { z: g.neg(y), y, sum: g.reduceSum(y, [1, 2], false) };
  }),
  caseOf('Outputs: an input as it is, beside real work', ({ g, input }) => {
    const x = input([N, 3]);
    return { x_again: x, y: g.op('Relu', [x]) };
  }),
  caseOf('Outputs: an int64 input as it is', ({ g, input }) => {
    const index = input([N], integers(0, 9), 'int64');
    return { index_again: index, y: g.cast(index, 'float32') };
  }),
  caseOf('Outputs: a constant as it is', ({ g, input, weight }) => ({
    weights: weight([2, 3]),
    integers: weight([4], integers(-9, 9), 'int64'),
    y: g.neg(input([N, 3])),
  })),
  caseOf('Outputs: one value under two names', ({ g, input }) => {
    const y = g.op('Relu', [input([N, 3])]);
    return { first: y, second: y };
  }),
  caseOf('Outputs: reshaped views of one value', ({ g, input }) => {
    const y = g.op('Relu', [input([N, 2, 3])]);
    return { y, flat: g.reshape(y, [N, 6]), wide: g.reshape(y, [N, 1, 2, 3]) };
  }),
  caseOf('Inputs: one that nothing reads', ({ g, input }) => {
    input([N, 7]);
    return g.neg(input([N, 3]));
  }),
  caseOf('Inputs: one read twice by the same node', ({ g, input }) => {
    const x = input([N, 3, 4]);
    return { sum: g.add(x, x), product: g.mul(x, x), pair: g.concat([x, x], 1) };
  }),
  caseOf('Inputs: no batch anywhere', ({ g, input }) => g.add(input([3, 4]), input([4]))),
  caseOf('Inputs: a scalar', ({ g, input }) => g.mul(input([]), input([N, 3]))),
  caseOf('Unused: the second output of MaxPool', ({ g, input }) =>
    g.op('MaxPool', [input([N, 2, 4, 4], coarse)], { kernel_shape: [2, 2], strides: [2, 2] }),
  ),
  caseOf('Deep: three hundred nodes in a row', ({ g, input }) => {
    let y = input([N, 3], cycle(0.5, -0.25, 1));
    for (let i = 0; i < 150; i++) y = g.op('Tanh', [g.add(y, g.scalar((i % 7) / 8))]);
    return y;
  }),
];

export const programCases = (): Case[] => [...networks, ...constants, ...interfaces];
