/** Small networks in the manner of those that are published as GraphModels, operator for operator. */
import { ModelWriter } from './graph-models';

export interface Net {
  readonly w: ModelWriter;
  readonly outputs: Readonly<Record<string, string>>;
  /** The shape of a batch of two. */
  readonly shape: readonly number[];
}

const slides = (stride: number, padding: string) => ({
  strides: [1, stride, stride, 1],
  padding,
  data_format: 'NHWC',
  dilations: [1, 1, 1, 1],
});

function fusedConv(
  w: ModelWriter,
  x: string,
  [size, from, to]: number[],
  stride: number,
  activation?: string,
  name?: string,
) {
  const inputs = [x, w.weights([size!, size!, from!, to!]), w.bias(to!)];
  const fused_ops = activation ? ['BiasAdd', activation] : ['BiasAdd'];
  return w.node('_FusedConv2D', inputs, { ...slides(stride, 'SAME'), fused_ops, num_args: 1 }, name);
}

function dense(w: ModelWriter, x: string, from: number, to: number, name?: string): string {
  const inputs = [x, w.weights([from, to]), w.bias(to)];
  const product = { transpose_a: false, transpose_b: false, fused_ops: ['BiasAdd'], num_args: 1 };
  return w.node('_FusedMatMul', inputs, product, name);
}

/** Inverted residuals with fused operators, as in MobileNetV2 after the converter's remapper. */
export function mobileNet(w = new ModelWriter()): Net {
  const depthwise = (x: string, channels: number, stride: number, name: string) =>
    w.node(
      'FusedDepthwiseConv2dNative',
      [x, w.weights([3, 3, channels, 1]), w.bias(channels)],
      { ...slides(stride, 'SAME'), fused_ops: ['BiasAdd', 'Relu6'], num_args: 1 },
      name,
    );
  const block = (x: string, [from, wide, to]: number[], stride: number, scope: string) => {
    const expanded = fusedConv(w, x, [1, from!, wide!], 1, 'Relu6', `${scope}/expand/Relu6`);
    const moved = depthwise(expanded, wide!, stride, `${scope}/depthwise/Relu6`);
    return fusedConv(w, moved, [1, wide!, to!], 1, undefined, `${scope}/project/BatchNorm/FusedBatchNorm`);
  };
  const x = w.input([-1, 24, 20, 3]);
  const stem = fusedConv(w, x, [3, 3, 8], 2, 'Relu6', 'MobilenetV2/Conv/Relu6');
  const first = block(stem, [8, 16, 8], 1, 'MobilenetV2/expanded_conv');
  const added = w.node('AddV2', [first, stem], {}, 'MobilenetV2/expanded_conv/add');
  const second = block(added, [8, 24, 12], 2, 'MobilenetV2/expanded_conv_1');
  const features = fusedConv(w, second, [1, 12, 20], 1, 'Relu6', 'MobilenetV2/Conv_1/Relu6');
  const pooled = w.node(
    'Mean',
    [features, w.ints([1, 2])],
    { keep_dims: true },
    'MobilenetV2/Logits/AvgPool',
  );
  const logits = w.node(
    'Squeeze',
    [fusedConv(w, pooled, [1, 20, 6], 1)],
    { squeeze_dims: [1, 2] },
    'MobilenetV2/Logits/Squeeze',
  );
  return { w, outputs: { logits }, shape: [2, 24, 20, 3] };
}

/** Padded, strided convolutions with a norm behind each, as ResNet is exported without the remapper. */
export function resNet(w = new ModelWriter()): Net {
  const conv = (x: string, [size, from, to]: number[], stride: number, scope: string, padding = 'SAME') => {
    const plain = w.node(
      'Conv2D',
      [x, w.weights([size!, size!, from!, to!])],
      slides(stride, padding),
      `${scope}/Conv2D`,
    );
    const biased = w.node('BiasAdd', [plain, w.bias(to!)], { data_format: 'NHWC' }, `${scope}/BiasAdd`);
    const ones = w.floats(new Array(to!).fill(0.8), [to!]);
    const statistics = [ones, w.bias(to!), w.bias(to!), w.floats(new Array(to!).fill(1.3), [to!])];
    return w.node(
      'FusedBatchNormV3',
      [biased, ...statistics],
      { epsilon: 1e-3, is_training: false, data_format: 'NHWC' },
      `${scope}/bn`,
    );
  };
  const relu = (x: string, name: string) => w.node('Relu', [x], {}, name);
  const x = w.input([-1, 24, 20, 3]);
  const padded = w.node('Pad', [x, w.ints([0, 0, 3, 3, 3, 3, 0, 0], [4, 2])], {}, 'resnet/pad');
  const stem = relu(conv(padded, [7, 3, 8], 2, 'resnet/conv1', 'VALID'), 'resnet/conv1/relu');
  const border = w.node('Pad', [stem, w.ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2])], {}, 'resnet/pool_pad');
  const pool = w.node('MaxPool', [border], { ...slides(2, 'VALID'), ksize: [1, 3, 3, 1] }, 'resnet/pool');
  const inner = relu(conv(pool, [1, 8, 4], 1, 'resnet/block1/a'), 'resnet/block1/a/relu');
  const middle = relu(conv(inner, [3, 4, 4], 2, 'resnet/block1/b'), 'resnet/block1/b/relu');
  const outer = conv(middle, [1, 4, 12], 1, 'resnet/block1/c');
  const sum = w.node(
    'AddV2',
    [conv(pool, [1, 8, 12], 2, 'resnet/block1/shortcut'), outer],
    {},
    'resnet/block1/add',
  );
  const features = relu(sum, 'resnet/block1/out');
  const pooled = w.node('Mean', [features, w.ints([1, 2])], { keep_dims: false }, 'resnet/avg_pool');
  return { w, outputs: { logits: dense(w, pooled, 12, 5, 'resnet/probs/BiasAdd') }, shape: [2, 24, 20, 3] };
}

/** Four branches joined, one of them an average with its border left out; smooth, so that differences tell its slopes. */
export function inception(w = new ModelWriter()): Net {
  const x = w.input([-1, 15, 13, 3]);
  const stem = fusedConv(w, x, [3, 3, 10], 1, 'Elu');
  const one = fusedConv(w, stem, [1, 10, 4], 1, 'Elu');
  const five = fusedConv(w, fusedConv(w, stem, [1, 10, 4], 1, 'Elu'), [5, 4, 6], 1, 'Elu');
  const three = fusedConv(w, fusedConv(w, stem, [1, 10, 4], 1, 'Elu'), [3, 4, 6], 1, 'Elu');
  const average = w.node('AvgPool', [stem], { ...slides(1, 'SAME'), ksize: [1, 3, 3, 1] });
  const pooled = fusedConv(w, average, [1, 10, 3], 1, 'Elu');
  const mixed = w.node('ConcatV2', [one, five, three, pooled, w.int(3)], { N: 4 }, 'mixed0/concat');
  const reduced = w.node('AvgPool', [mixed], { ...slides(2, 'VALID'), ksize: [1, 3, 3, 1] });
  const size = w.node('Shape', [reduced], { out_type: 'DT_INT32' });
  const batch = w.node('StridedSlice', [size, w.ints([0]), w.ints([1]), w.ints([1])], {
    shrink_axis_mask: 1,
  });
  const flat = w.node('Reshape', [reduced, w.node('Pack', [batch, w.int(-1)], { axis: 0, N: 2 })]);
  const classes = dense(w, flat, 7 * 6 * 19, 5);
  return { w, outputs: { classes, probabilities: w.node('Softmax', [classes]) }, shape: [2, 15, 13, 3] };
}

/** Two scales of anchors, boxes and scores, as in BlazeFace. */
export function detector(w = new ModelWriter()): Net {
  const x = w.input([-1, 16, 16, 3], 'input');
  const scaled = w.node('Sub', [w.node('Mul', [x, w.floats([2], [])]), w.floats([1], [])]);
  const fine = fusedConv(w, scaled, [5, 3, 12], 2, 'Relu', 'backbone/fine');
  const wider = w.node('Pad', [fine, w.ints([0, 0, 0, 0, 0, 0, 0, 4], [4, 2])]);
  const pooled = w.node('MaxPool', [wider], { ...slides(2, 'SAME'), ksize: [1, 2, 2, 1] });
  const coarse = w.node(
    'Relu',
    [w.node('AddV2', [fusedConv(w, fine, [3, 12, 16], 2), pooled])],
    {},
    'backbone/coarse',
  );
  const head = (features: string, channels: number, anchors: number, values: number) =>
    w.node('Reshape', [
      fusedConv(w, features, [1, channels, anchors * values], 1),
      w.ints([-1, (channels === 12 ? 64 : 16) * anchors, values]),
    ]);
  const join = (a: string, b: string, name: string) => w.node('ConcatV2', [a, b, w.int(1)], { N: 2 }, name);
  const boxes = join(head(fine, 12, 2, 4), head(coarse, 16, 6, 4), 'regressors');
  const scores = w.node('Sigmoid', [join(head(fine, 12, 2, 1), head(coarse, 16, 6, 1), 'classificators')]);
  return { w, outputs: { boxes, scores }, shape: [2, 16, 16, 3] };
}

/** Atrous convolutions through SpaceToBatchND, pooling over the image, and scores brought back to its size, as in DeepLab. */
export function deepLab(w = new ModelWriter()): Net {
  const x = w.input([-1, 17, 17, 3]);
  const features = fusedConv(w, x, [3, 3, 8], 2, 'Relu6', 'stem/Relu6');
  const atrous = (rate: number, name: string) => {
    const extra = (rate - ((9 + 2 * rate) % rate)) % rate;
    const block = () => w.ints([rate, rate]);
    const border = w.ints([rate, rate + extra, rate, rate + extra], [2, 2]);
    const phases = w.node('SpaceToBatchND', [features, block(), border], {}, `${name}/SpaceToBatchND`);
    const inputs = [phases, w.weights([3, 3, 8, 1])];
    const convolved = w.node('DepthwiseConv2dNative', inputs, slides(1, 'VALID'), `${name}/depthwise`);
    const crops = w.ints([0, extra, 0, extra], [2, 2]);
    const whole = w.node('BatchToSpaceND', [convolved, block(), crops], {}, `${name}/BatchToSpaceND`);
    const biased = w.node('BiasAdd', [whole, w.bias(8)], {}, `${name}/BiasAdd`);
    return fusedConv(
      w,
      w.node('Relu6', [biased], {}, `${name}/Relu6`),
      [1, 8, 6],
      1,
      'Relu',
      `${name}/pointwise`,
    );
  };
  const mean = w.node('Mean', [features, w.ints([1, 2])], { keep_dims: true });
  const size = w.node('StridedSlice', [w.node('Shape', [features]), w.ints([1]), w.ints([3]), w.ints([1])]);
  const everywhere = w.node('ResizeBilinear', [fusedConv(w, mean, [1, 8, 6], 1, 'Relu'), size], {
    align_corners: true,
  });
  const joined = w.node('ConcatV2', [everywhere, atrous(2, 'aspp1'), atrous(4, 'aspp2'), w.int(3)], { N: 3 });
  const scores = fusedConv(w, joined, [1, 18, 5], 1, undefined, 'logits/semantic/BiasAdd');
  const full = w.node(
    'ResizeBilinear',
    [scores, w.ints([17, 17])],
    { align_corners: true },
    'ResizeBilinear_2',
  );
  return { w, outputs: { scores: full }, shape: [2, 17, 17, 3] };
}
