import { Builder, type Dim, isBatch, sizeOf, type Value, walk } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { distance, images, ModelWriter, noise, run } from './graph-models';
import '../backends';

/** A node of the model behind its image [N, 9, 10, 4]; gives the name of the result. */
type Build = (w: ModelWriter, x: string) => string;

const shape = [2, 9, 10, 4] as const;

const conv: Build = (w, x) =>
  w.node('Conv2D', [x, w.weights([3, 3, 4, 7])], {
    strides: [1, 1, 1, 1],
    padding: 'SAME',
    data_format: 'NHWC',
    dilations: [1, 1, 1, 1],
  });
const sliding = (strides: number, padding: string, dilations = 1) => ({
  strides: [1, strides, strides, 1],
  padding,
  data_format: 'NHWC',
  dilations: [1, dilations, dilations, 1],
});
const unary = (op: string, attributes = {}): [string, Build] => [op, (w, x) => w.node(op, [x], attributes)];
const positive: Build = (w, x) => w.node('Exp', [x]);
const binary = (op: string, other: Build): [string, Build] => [op, (w, x) => w.node(op, [x, other(w, x)])];
const perChannel: Build = (w) => w.floats([0.5, -1.25, 2, 0.75], [4]);

const cases: [string, Build][] = [
  ['Conv2D SAME', conv],
  ['Conv2D SAME, stride 2', (w, x) => w.node('Conv2D', [x, w.weights([3, 3, 4, 7])], sliding(2, 'SAME'))],
  ['Conv2D VALID, stride 2', (w, x) => w.node('Conv2D', [x, w.weights([2, 3, 4, 7])], sliding(2, 'VALID'))],
  ['Conv2D SAME, even kernel', (w, x) => w.node('Conv2D', [x, w.weights([4, 2, 4, 3])], sliding(1, 'SAME'))],
  ['Conv2D SAME, dilated', (w, x) => w.node('Conv2D', [x, w.weights([3, 3, 4, 7])], sliding(1, 'SAME', 2))],
  [
    'Conv2D with explicit paddings',
    (w, x) =>
      w.node('Conv2D', [x, w.weights([3, 3, 4, 7])], {
        ...sliding(2, 'EXPLICIT'),
        explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0],
      }),
  ],
  [
    'DepthwiseConv2dNative',
    (w, x) => w.node('DepthwiseConv2dNative', [x, w.weights([3, 3, 4, 1])], sliding(2, 'SAME')),
  ],
  [
    'DepthwiseConv2dNative, two filters a channel',
    (w, x) => w.node('DepthwiseConv2dNative', [x, w.weights([3, 2, 4, 2])], sliding(1, 'VALID')),
  ],
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid'].map((activation): [string, Build] => [
    `_FusedConv2D with BiasAdd and ${activation}`,
    (w, x) =>
      w.node('_FusedConv2D', [x, w.weights([3, 3, 4, 7]), w.weights([7])], {
        ...sliding(2, 'SAME'),
        fused_ops: ['BiasAdd', activation],
        num_args: 1,
      }),
  ]),
  [
    '_FusedConv2D with BiasAdd',
    (w, x) =>
      w.node('_FusedConv2D', [x, w.weights([1, 1, 4, 7]), w.weights([7])], {
        ...sliding(1, 'VALID'),
        fused_ops: ['BiasAdd'],
        num_args: 1,
      }),
  ],
  [
    '_FusedConv2D with BiasAdd and Prelu',
    (w, x) =>
      w.node('_FusedConv2D', [x, w.weights([3, 3, 4, 7]), w.weights([7]), w.weights([7])], {
        ...sliding(1, 'SAME'),
        fused_ops: ['BiasAdd', 'Prelu'],
        num_args: 2,
      }),
  ],
  [
    '_FusedConv2D with BiasAdd and LeakyRelu',
    (w, x) =>
      w.node('_FusedConv2D', [x, w.weights([3, 3, 4, 7]), w.weights([7])], {
        ...sliding(1, 'SAME'),
        fused_ops: ['BiasAdd', 'LeakyRelu'],
        num_args: 1,
        leakyrelu_alpha: 0.35,
      }),
  ],
  [
    'FusedDepthwiseConv2dNative with BiasAdd and Relu6',
    (w, x) =>
      w.node('FusedDepthwiseConv2dNative', [x, w.weights([3, 3, 4, 1]), w.weights([4])], {
        ...sliding(1, 'SAME'),
        fused_ops: ['BiasAdd', 'Relu6'],
        num_args: 1,
      }),
  ],
  ...(
    [
      ['SAME', [3, 2], [9, 10]],
      ['SAME', [2, 2], [17, 20]],
      ['SAME', [2, 2], [18, 19]],
      ['VALID', [3, 2], [20, 21]],
    ] as const
  ).map(([padding, kernel, size]): [string, Build] => [
    `Conv2DBackpropInput ${padding} to ${size}`,
    (w, x) => {
      const stride = size[0] > 10 ? 2 : 1;
      const filter = w.weights([...kernel, 3, 4]);
      return w.node('Conv2DBackpropInput', [w.ints([2, ...size, 3]), filter, x], sliding(stride, padding));
    },
  ]),
  ...['SAME', 'VALID'].flatMap((padding) =>
    ['MaxPool', 'AvgPool'].map((op): [string, Build] => [
      `${op} ${padding}`,
      (w, x) => w.node(op, [x], { ...sliding(2, padding), ksize: [1, 3, 2, 1] }),
    ]),
  ),
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op): [string, Build] => [
    op,
    (w, x) =>
      w.node(op, [x, perChannel(w, x), w.weights([4]), w.weights([4]), w.floats([0.5, 1, 2, 3], [4])], {
        epsilon: 0.01,
        is_training: false,
      }),
  ]),
  ...[false, true].flatMap((align_corners) =>
    [false, true]
      .filter((centres) => !(centres && align_corners))
      .flatMap((half_pixel_centers) =>
        ['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op) =>
          [
            [18, 20],
            [13, 7],
            [4, 23],
          ].map((size): [string, Build] => [
            `${op} to ${size}${align_corners ? ', corners' : ''}${half_pixel_centers ? ', centres' : ''}`,
            (w, x) => w.node(op, [x, w.ints(size)], { align_corners, half_pixel_centers }),
          ]),
        ),
      ),
  ),
  ...['MaxPool3D', 'AvgPool3D'].map((op): [string, Build] => [
    op,
    (w, x) => w.node(op, [volume(w, x)], { ...overVolume('VALID'), ksize: [1, 2, 3, 2, 1] }),
  ]),
  ...['SAME', 'VALID'].map((padding): [string, Build] => [
    `Conv3D ${padding}`,
    (w, x) => w.node('Conv3D', [volume(w, x), w.weights([2, 3, 2, 2, 3])], overVolume(padding)),
  ]),
  [
    'MaxPoolWithArgmax',
    (w, x) =>
      w.node('MaxPoolWithArgmax', [x], {
        ...sliding(2, 'VALID'),
        ksize: [1, 3, 2, 1],
        include_batch_in_index: false,
      }),
  ],
  ['DepthToSpace', (w, x) => w.node('DepthToSpace', [x], { block_size: 2, data_format: 'NHWC' })],

  ...[
    'Relu',
    'Relu6',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'Erf',
    'Abs',
    'Neg',
    'Exp',
    'Expm1',
    'Sin',
    'Cos',
    'Atan',
  ].map((op) => unary(op)),
  ...['Square', 'Ceil', 'Floor', 'Round', 'Sign', 'Identity', 'StopGradient', 'Snapshot'].map((op) =>
    unary(op),
  ),
  ...['Log', 'Log1p', 'Sqrt', 'Rsqrt', 'Reciprocal'].map((op): [string, Build] => [
    op,
    (w, x) => w.node(op, [positive(w, x)]),
  ]),
  ...['Tan', 'Sinh', 'Cosh', 'Asinh'].map((op) => unary(op)),
  ...['Asin', 'Acos', 'Atanh'].map((op): [string, Build] => [
    op,
    (w, x) => w.node(op, [w.node('Mul', [w.node('Tanh', [x]), w.floats([0.9], [])])]),
  ]),
  ['Acosh', (w, x) => w.node('Acosh', [w.node('Add', [positive(w, x), w.floats([1.1], [])])])],
  ['Atan2', (w, x) => w.node('Atan2', [x, perChannel(w, x)])],
  ...['IsNan', 'IsInf', 'IsFinite'].map((op): [string, Build] => [
    op,
    (w, x) => {
      const odd = w.node('Div', [x, w.node('Relu', [w.node('Sub', [x, w.floats([0.1], [])])])]);
      const holds = w.node(op, [op === 'IsNan' ? w.node('Log', [x]) : odd]);
      return w.node('SelectV2', [holds, x, w.node('Neg', [x])]);
    },
  ]),
  unary('LeakyRelu', { alpha: 0.3 }),
  ['Prelu', (w, x) => w.node('Prelu', [x, perChannel(w, x)])],
  ['ClipByValue', (w, x) => w.node('ClipByValue', [x, w.floats([-0.5], []), w.floats([0.25], [])])],
  ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Div', 'Maximum', 'Minimum', 'SquaredDifference'].map((op) =>
    binary(op, perChannel),
  ),
  ...['BiasAdd', 'FloorDiv', 'Mod', 'FloorMod'].map((op) => binary(op, perChannel)),
  ...['AddV2', 'Mul', 'RealDiv'].map((op): [string, Build] => [
    `${op} of two images`,
    (w, x) => w.node(op, [conv(w, x), positive(w, conv(w, x))]),
  ]),
  ['Add of a place', (w, x) => w.node('AddV2', [w.weights([9, 10, 1]), x])],
  ['AddN', (w, x) => w.node('AddN', [x, w.node('Relu', [x]), x], { N: 3 })],
  ['Pow', (w, x) => w.node('Pow', [positive(w, x), w.floats([1.7], [])])],
  ['DivNoNan', (w, x) => w.node('DivNoNan', [x, w.floats([0, 1, -2, 0], [4])])],
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((op): [string, Build] => [
    op,
    (w, x) => {
      const condition = w.node(op, [w.node('Floor', [x]), w.floats([0, -1, 0, -1], [4])]);
      return w.node('SelectV2', [condition, x, w.node('Neg', [positive(w, x)])]);
    },
  ]),
  [
    'LogicalAnd, LogicalOr, LogicalNot',
    (w, x) => {
      const [low, high] = [
        w.node('Greater', [x, w.floats([-0.5], [])]),
        w.node('Less', [x, w.floats([0.5], [])]),
      ];
      const inside = w.node('LogicalAnd', [low, high]);
      const both = w.node('LogicalOr', [inside, w.node('LogicalNot', [high])]);
      return w.node('Cast', [both], { SrcT: 'DT_BOOL', DstT: 'DT_FLOAT' });
    },
  ],
  ['Select', (w, x) => w.node('Select', [w.node('Less', [x, w.floats([0], [])]), conv4(w, x), x])],
  [
    'Cast to whole numbers and back',
    (w, x) => {
      const whole = w.node('Cast', [w.node('Mul', [x, w.floats([9], [])])], { DstT: 'DT_INT32' });
      return w.node('Cast', [whole], { DstT: 'DT_FLOAT' });
    },
  ],

  ...['Mean', 'Sum', 'Max', 'Min', 'Prod'].flatMap((op) =>
    ([[[1, 2]], [[-1]], [[1, 2], true], [[1, 2, 3]], [[2], true]] as const).map(
      ([axes, keep = false]): [string, Build] => [
        `${op} over ${axes}${keep ? ', kept' : ''}`,
        (w, x) => w.node(op, [x, w.ints([...axes])], { keep_dims: keep }),
      ],
    ),
  ),
  ...['All', 'Any'].map((op): [string, Build] => [
    op,
    (w, x) => {
      const above = w.node('Greater', [x, w.floats([op === 'All' ? -0.7 : 0.7], [])]);
      const found = w.node(op, [above, w.ints([3])], { keep_dims: true });
      return w.node('SelectV2', [found, x, w.node('Neg', [x])]);
    },
  ]),
  ['EuclideanNorm', (w, x) => w.node('EuclideanNorm', [x, w.ints([1, 2])], { keep_dims: true })],
  ['ReverseV2', (w, x) => w.node('ReverseV2', [x, w.ints([1, -1])])],
  ['Mean over no axes', (w, x) => w.node('Mean', [x, w.ints([])], { keep_dims: false })],
  ...['ArgMax', 'ArgMin'].map((op): [string, Build] => [op, (w, x) => w.node(op, [x, w.int(-1)])]),
  ['Softmax', (w, x) => w.node('Softmax', [x])],
  ['LogSoftmax', (w, x) => w.node('LogSoftmax', [x])],

  ['Pad', (w, x) => w.node('Pad', [x, w.ints([0, 0, 1, 2, 0, 3, 0, 0], [4, 2])])],
  ['PadV2', (w, x) => w.node('PadV2', [x, w.ints([0, 0, 1, 2, 0, 3, 1, 0], [4, 2]), w.floats([1.5], [])])],
  ...['REFLECT', 'SYMMETRIC'].map((mode): [string, Build] => [
    `MirrorPad ${mode}`,
    (w, x) => w.node('MirrorPad', [x, w.ints([0, 0, 2, 3, 1, 0, 0, 0], [4, 2])], { mode }),
  ]),
  ['Reshape', (w, x) => w.node('Reshape', [x, w.ints([-1, 30, 12])])],
  ['Reshape to a row', (w, x) => w.node('Reshape', [x, w.ints([-1, 360])])],
  ['Squeeze', (w, x) => w.node('Squeeze', [pooled(w, x)], { squeeze_dims: [1, 2] })],
  ['Squeeze of every axis of 1', (w, x) => w.node('Squeeze', [pooled(w, x)])],
  ['ExpandDims', (w, x) => w.node('ExpandDims', [w.node('Squeeze', [pooled(w, x)]), w.int(-1)])],
  ['Transpose', (w, x) => w.node('Transpose', [x, w.ints([0, 2, 1, 3])])],
  ['Transpose to channels first', (w, x) => w.node('Transpose', [x, w.ints([0, 3, 1, 2])])],
  ['ConcatV2', (w, x) => w.node('ConcatV2', [x, conv(w, x), w.int(3)], { N: 2 })],
  ['ConcatV2 of rows', (w, x) => w.node('ConcatV2', [x, x, w.int(1)], { N: 2 })],
  ['Split', (w, x) => w.node('Sub', split(w.node('Split', [w.int(3), x], { num_split: 2 })))],
  [
    'SplitV',
    (w, x) => {
      const parts = w.node('SplitV', [x, w.ints([3, -1, 2]), w.int(1)], { num_split: 3 });
      return w.node('ConcatV2', [`${parts}:2`, parts, `${parts}:1`, w.int(1)], { N: 3 });
    },
  ],
  ['Pack', (w, x) => w.node('Pack', [x, w.node('Relu', [x])], { axis: 1, N: 2 })],
  ['Unpack', (w, x) => w.node('Sub', split(w.node('Unpack', [x], { axis: 3, num: 4 }), 3))],
  ['Slice', (w, x) => w.node('Slice', [x, w.ints([0, 1, 2, 1]), w.ints([-1, 5, -1, 2])])],
  ['GatherV2', (w, x) => w.node('GatherV2', [x, w.ints([3, 0, 0, 2]), w.int(3)], { batch_dims: 0 })],
  ['GatherNd', (w, x) => w.node('GatherNd', [row(w, x), w.ints([0, 3, 1, 7, 1, 0, 0, 3], [4, 2])])],
  ['Tile of a pooled image', (w, x) => w.node('Tile', [pooled(w, x), w.ints([1, 3, 2, 1])])],
  ['Tile', (w, x) => w.node('Tile', [x, w.ints([1, 2, 1, 3])])],
  ['BroadcastTo', (w, x) => w.node('BroadcastTo', [pooled(w, x), w.node('Shape', [x])])],
  [
    'StridedSlice',
    (w, x) => sliced(w, x, [0, 1, -3, 0], [0, 8, 10, 2], [1, 3, 1, 1], { begin_mask: 1, end_mask: 1 }),
  ],
  [
    'StridedSlice backwards',
    (w, x) => sliced(w, x, [0, 7, 0, 3], [0, 2, 0, 0], [1, -2, -1, -1], { begin_mask: 5, end_mask: 13 }),
  ],
  [
    'StridedSlice with an ellipsis and an index',
    (w, x) => sliced(w, x, [0, -2], [0, 0], [1, 1], { ellipsis_mask: 1, shrink_axis_mask: 2 }),
  ],
  [
    'StridedSlice with a new axis',
    (w, x) =>
      sliced(w, x, [0, 0, 0, 1], [0, 0, 0, 6], [1, 1, 1, 1], {
        begin_mask: 1,
        end_mask: 1,
        new_axis_mask: 2,
        shrink_axis_mask: 4,
      }),
  ],

  [
    '_FusedMatMul with BiasAdd and Relu',
    (w, x) =>
      w.node('_FusedMatMul', [row(w, x), w.weights([360, 6]), w.weights([6])], {
        transpose_a: false,
        transpose_b: false,
        fused_ops: ['BiasAdd', 'Relu'],
        num_args: 1,
      }),
  ],
  [
    'MatMul, transposed, with BiasAdd behind',
    (w, x) => {
      const product = w.node('MatMul', [row(w, x), w.weights([6, 360])], { transpose_b: true });
      return w.node('BiasAdd', [product, w.weights([6])]);
    },
  ],
  ['MatMul', (w, x) => w.node('AddV2', [w.node('MatMul', [row(w, x), w.weights([360, 6])]), w.weights([6])])],
  [
    'BatchMatMulV2',
    (w, x) => {
      const tokens = w.node('Reshape', [x, w.ints([-1, 90, 4])]);
      const scores = w.node('BatchMatMulV2', [tokens, tokens], { adj_x: false, adj_y: true });
      return w.node('BatchMatMulV2', [w.node('Softmax', [scores]), tokens], { adj_x: true });
    },
  ],

  [
    'SpaceToBatchND and BatchToSpaceND alone',
    (w, x) => {
      const phases = w.node('SpaceToBatchND', [x, w.ints([2, 3]), w.ints([1, 2, 0, 2], [2, 2])]);
      return w.node('BatchToSpaceND', [
        w.node('MaxPool', [phases], { ...sliding(1, 'SAME'), ksize: [1, 2, 2, 1] }),
        w.ints([2, 3]),
        w.ints([1, 2, 0, 2], [2, 2]),
      ]);
    },
  ],
  [
    'a shape that is computed',
    (w, x) => {
      const size = w.node('Shape', [x], { out_type: 'DT_INT32' });
      const at = (axis: number) => sliced(w, size, [axis], [axis + 1], [1], { shrink_axis_mask: 1 });
      const places = w.node('Mul', [at(1), at(2)]);
      const whole = w.node('Pack', [at(0), places, w.int(-1)], { axis: 0, N: 3 });
      return w.node('Reshape', [x, whole]);
    },
  ],
  [
    'a size that is computed',
    (w, x) => {
      const size = sliced(w, w.node('Shape', [x]), [1], [3], [1], {});
      return w.node('ResizeBilinear', [x, w.node('Mul', [size, w.ints([2, 2])])], {
        half_pixel_centers: true,
      });
    },
  ],
  [
    'Fill, Range and the rank',
    (w, x) => {
      const size = w.node('Shape', [x]);
      const last = w.node('GatherV2', [size, w.ints([3]), w.int(0)]);
      const ones = w.node('Fill', [last, w.floats([2.5], [])]);
      const count = w.node('Range', [w.int(0), w.node('Rank', [x]), w.int(1)]);
      return w.node('Mul', [w.node('Add', [x, ones]), w.node('Cast', [count], { DstT: 'DT_FLOAT' })]);
    },
  ],
];

/** [N, 9, 10, 4] as [N, 9, 5, 4, 2]. */
function volume(w: ModelWriter, x: string): string {
  return w.node('Reshape', [x, w.ints([-1, 9, 5, 4, 2])]);
}
const overVolume = (padding: string) => ({
  strides: [1, 2, 1, 1, 1],
  padding,
  data_format: 'NDHWC',
  dilations: [1, 1, 1, 1, 1],
});
function conv4(w: ModelWriter, x: string): string {
  return w.node('Conv2D', [x, w.weights([1, 1, 4, 4])], sliding(1, 'SAME'));
}
function pooled(w: ModelWriter, x: string): string {
  return w.node('Mean', [x, w.ints([1, 2])], { keep_dims: true });
}
function row(w: ModelWriter, x: string): string {
  return w.node('Reshape', [x, w.ints([-1, 360])]);
}
const split = (name: string, other = 1) => [`${name}:${other}`, name];
function sliced(
  w: ModelWriter,
  x: string,
  begin: number[],
  end: number[],
  steps: number[],
  masks: object,
): string {
  return w.node(
    'StridedSlice',
    [x, w.ints(begin), w.ints(end), w.ints(steps)],
    masks as Record<string, number>,
  );
}

/** A model whose image goes through a convolution, so that it is seen channels first, and then through the case. */
function modelOf(build: Build, between: boolean) {
  const w = new ModelWriter();
  const x = w.input([-1, 9, 10, 4]);
  return { w, y: build(w, between ? conv4(w, x) : x) };
}

const sizesAt = (dims: readonly Dim[], batch: number) =>
  dims.map((dim) => (isBatch(dim) ? dim.batch * batch : dim));

/** Results that jump, or change in jumps only. */
const isStepped = (name: string) =>
  /^(All|Any|IsInf|IsFinite|Ceil|Floor|Round|Sign|FloorDiv|ArgMax|ArgMin|LogicalAnd.*|Cast to whole.*|(Not)?Equal|(Greater|Less)(Equal)?|Select)$/.test(
    name,
  );

/**
 * What tfjs 4.22 has no gradient of, or a wrong one (AvgPool at a padded border, resizing, ReduceProd along the last axis,
 * MirrorPad): differences of its results are compared instead.
 */
const hasNoGradient = (name: string) =>
  /^(.*dilated|AvgPool SAME|Resize.*|DepthToSpace|DivNoNan|Prod over -1|MirrorPad.*|StridedSlice.*|GatherNd|a size that.*)$/.test(
    name,
  );

/**
 * tfjs has no gradient of the one, and a wrong one of the other where the window is no cube; differences cross kinks. They are
 * MaxPools in the graph, whose gradient the conformance suite and layers.test.ts try.
 */
const isOddPool = (name: string) => /^MaxPool(3D|WithArgmax)$/.test(name);

/** The derivative along some directions, by differences. */
async function expectSlopes(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  gradient: Float32Array,
): Promise<void> {
  const turned = (await tf
    .transpose(tf.tensor(gradient, [2, 4, 9, 10]), [0, 2, 3, 1])
    .data()) as Float32Array;
  for (let seed = 1; seed <= 5; seed++) {
    const direction = noise(turned.length, seed + 40);
    const step = tf.mul(tf.tensor(direction, x.shape), 1e-2);
    const [above] = await f(tf.add(x, step)).data();
    const [below] = await f(tf.sub(x, step)).data();
    const slope = (above! - below!) / 2e-2;
    const expected = turned.reduce((sum, part, at) => sum + part * direction[at]!, 0);
    expect(Math.abs(slope - expected)).toBeLessThan(2e-2 * Math.max(1, Math.abs(expected)));
  }
}

/** An image of the model as the graph gives it. */
function asGiven(expected: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const isTurned = expected.shape.length > 3 && expected.shape.some((size, axis) => size !== shape[axis]);
  const [n, c, ...places] = [0, shape.length - 1, ...shape.keys()].filter(
    (axis, at) => at < 2 || (axis > 0 && axis < shape.length - 1),
  ) as [number, number];
  return isTurned ? tf.transpose(expected, [n, c, ...places]) : expected;
}

describe('an operator of a GraphModel', () => {
  it.each(cases)('%s is what tfjs computes', async (_, build) => {
    const { w, y } = modelOf(build, true);
    const outputs = { y };
    const { last, first } = images(shape);
    const model = w.load(outputs);
    const graph = w.read(outputs);
    const { y: result } = await run(graph, first);
    const expected = asGiven(model.execute({ image: last }, model.outputNodes) as tf.Tensor, result!.shape);
    expect(result!.shape).toEqual(expected.shape);
    expect(sizesAt(graph.outputs.y!.shape, 2)).toEqual(expected.shape);
    const values = Array.from(await expected.data());
    const scale = Math.max(1, ...values.map(Math.abs));
    expect(distance(Array.from(result!.data as Float32Array, Number), values) / scale).toBeLessThan(1e-5);
  });

  it.each(cases.filter(([name]) => !isStepped(name) && !isOddPool(name)))(
    '%s has the gradient that tfjs gives',
    async (name, build) => {
      const { w, y } = modelOf(build, true);
      const outputs = { y };
      const { last, first } = images(shape);
      const model = w.load(outputs);
      const graph = w.read(outputs, { batch: 2 });
      const result = graph.outputs.y!;
      const weights = noise(sizeOf(result.shape as number[]), 11);
      const g = new Builder(graph);
      const seeds = new Map([[result, g.constant(weights, result.shape as number[])]]);
      const [image] = graph.inputs as [Value];
      const gradient = walk(g, { seeds, wrt: [image] }).get(image)!;
      const program = g.finish({ inputs: graph.inputs, outputs: { gradient } });
      const ours = (await run(program, first)).gradient!.data as Float32Array;

      const f = (x: tf.Tensor) => {
        const value = model.execute({ image: x }, model.outputNodes) as tf.Tensor;
        return tf.sum(
          tf.mul(asGiven(value, result.shape as number[]), tf.tensor(weights, result.shape as number[])),
        );
      };
      if (hasNoGradient(name)) {
        await expectSlopes(f, last, ours);
        return;
      }
      const theirs = await tf.transpose(tf.grad(f)(last), [0, 3, 1, 2]).data();
      const scale = Math.max(1, ...Array.from(theirs, Math.abs));
      expect(distance(ours, theirs) / scale).toBeLessThan(1e-5);
    },
  );
});
