/**
 * Windows over three axes (volumes, videos) said through windows over two, which is all that this backend's kernels slide.
 *
 * A convolution reads, for each place of its kernel's depth, one plane of the volume: those planes stand as channels beside
 * each other, and each depth of the result is an image of the batch. Its input gradient goes the same way back. Pools take
 * their windows apart, height and width first and depth then; the first maximum stays the first.
 */
import {
  type Attributes,
  type Builder,
  type Dim,
  type Graph,
  type Node,
  productOf,
  reachOf,
  rewrite,
  spatialOf,
  type Value,
  windowOf,
} from '@regional-saliency/core';

/** The same program without windows over three axes. (The Indices of a MaxPool over three axes stay, and are refused.) */
export function withoutVolumes(graph: Graph): Graph {
  return rewrite(graph, (g, node, inputs) => {
    if (node.op === 'Repeat') {
      const body = withoutVolumes(node.attributes.body as Graph);
      const outputs = node.outputs.map(({ name }) => name);
      return g.node('Repeat', inputs, { ...node.attributes, body }, { ...node, outputs }).outputs;
    }
    const lower = Object.hasOwn(forms, node.op) ? forms[node.op]! : undefined;
    return lower && node.outputs[0]!.shape.length === 5
      ? [lower(g, node, inputs as readonly Value[])]
      : undefined;
  });
}

type Lowering = (g: Builder, node: Node, inputs: readonly Value[]) => Value;

const forms: Readonly<Record<string, Lowering>> = {
  Conv(g, { attributes }, [x, weights, bias]) {
    const { shape } = x!;
    const window = windowOf(attributes);
    const [stride, dilation] = [window.strides[0]!, window.dilations[0]!];
    const taps = window.kernel[0]!;
    const whole = padded(g, x!, 2, window.pads[0]!, window.pads[3]!);
    const [depth, height, width] = spatialOf(whole) as [number, number, number];
    const out = Math.floor((depth - reachOf(taps, dilation)) / stride) + 1;
    const planes = Array.from({ length: taps }, (_, tap) => {
      const from = tap * dilation;
      const read = g.slice(whole, [from], [from + (out - 1) * stride + 1], [2], [stride]);
      return g.reshape(read, [shape[0]!, shape[1]!, 1, out, height * width]);
    });
    const apart = planes.length === 1 ? planes[0]! : g.op('Concat', planes, { axis: 2 });
    const channels = (shape[1] as number) * taps;
    const images = g.reshape(g.transpose(apart, [0, 3, 1, 2, 4]), [
      productOf([shape[0]!, out]),
      channels,
      height,
      width,
    ]);
    const inputs = [images, withDepthAsChannels(g, weights!), bias];
    return volumeOf(g, g.op('Conv', inputs, inPlane(attributes)), shape[0]!);
  },
  ConvGrad: (g, { attributes }, [r, weights]) =>
    inputGradient(g, attributes, attributes.spatial as number[], r!, weights!),
  ConvTranspose(g, node, [x, weights, bias]) {
    const { output_padding: _, ...attributes } = node.attributes;
    const y = inputGradient(g, attributes, spatialOf(node.outputs[0]!), x!, weights!);
    return bias ? g.add(y, g.reshape(bias, [bias.shape[0]!, 1, 1, 1])) : y;
  },
  MaxPool: pool('MaxPool'),
  AveragePool: pool('AveragePool'),
  MaxPoolGrad(g, { attributes }, [x, r]) {
    const images = imagesOf(g, x!);
    const inPlanes = g.op('MaxPool', [images], inPlane(attributes));
    const n = x!.shape[0]!;
    const atDepths = g.op(
      'MaxPoolGrad',
      [columnsOf(g, volumeOf(g, inPlanes, n)), columnsOf(g, r!)],
      inDepth(attributes),
    );
    const shape = [...x!.shape.slice(0, 3), ...inPlanes.shape.slice(2)];
    const back = imagesOf(g, g.reshape(atDepths, shape));
    return volumeOf(g, g.op('MaxPoolGrad', [images, back], inPlane(attributes)), n);
  },
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalMaxPool: globalPool('GlobalMaxPool'),
};

/** [N, C, D, H, W] as N·D images [C, H, W]. */
function imagesOf(g: Builder, x: Value): Value {
  const [n, c, depth, height, width] = x.shape as [Dim, Dim, Dim, Dim, Dim];
  return g.reshape(g.transpose(x, [0, 2, 1, 3, 4]), [productOf([n, depth]), c, height, width]);
}

/** N·D images [C, H, W] as [N, C, D, H, W]. */
function volumeOf(g: Builder, images: Value, n: Dim): Value {
  const [, c, height, width] = images.shape as [Dim, number, number, number];
  const volume = g.reshape(images, [n, -1, c, height, width]);
  return g.transpose(volume, [0, 2, 1, 3, 4]);
}

/** [N, C, D, H, W] as images of height D and width H·W. */
function columnsOf(g: Builder, x: Value): Value {
  const [n, c, depth, height, width] = x.shape as [Dim, Dim, Dim, Dim, Dim];
  return g.reshape(x, [n, c, depth, productOf([height, width])]);
}

/** Zeros before and behind, along one axis; negative counts cut. */
function padded(g: Builder, x: Value, axis: number, before: number, behind: number): Value {
  const alone = (count: number) => x.shape.map((_, each) => (each === axis ? count : 0));
  return g.pad(x, alone(before), alone(behind));
}

/** [M, C, kd, kh, kw] as [M, C·kd, kh, kw]: the planes that a channel is read at are channels, one behind the other. */
function withDepthAsChannels(g: Builder, weights: Value): Value {
  const [m, c, depth, height, width] = weights.shape as number[];
  return g.reshape(weights, [m!, c! * depth!, height!, width!]);
}

/** A window's attributes for some of its three axes; one that is left out is slid over by ones. */
function along(attributes: Attributes, pick: <T>(list: readonly T[], one: T) => T[]): Attributes {
  const { kernel, strides, dilations, pads } = windowOf(attributes);
  return {
    ...attributes,
    kernel_shape: pick(kernel, 1),
    strides: pick(strides, 1),
    dilations: pick(dilations, 1),
    pads: [...pick(pads.slice(0, 3), 0), ...pick(pads.slice(3), 0)],
  };
}
const inPlane = (attributes: Attributes) => along(attributes, ([, ...plane]) => plane);
const inDepth = (attributes: Attributes) => along(attributes, ([depth], one) => [depth!, one]);

/** The input gradient of a convolution whose input has the given sizes: each tap's planes are added where it read them. */
function inputGradient(
  g: Builder,
  attributes: Attributes,
  [depth, height, width]: readonly number[],
  r: Value,
  weights: Value,
): Value {
  const window = windowOf(attributes);
  const [stride, dilation, begin] = [window.strides[0]!, window.dilations[0]!, window.pads[0]!];
  const taps = window.kernel[0]!;
  const [n, , out] = r.shape as [Dim, Dim, number];
  const images = g.op('ConvGrad', [imagesOf(g, r), withDepthAsChannels(g, weights)], {
    ...inPlane(attributes),
    spatial: [height!, width!],
  });
  const channels = (images.shape[1] as number) / taps;
  const area = height! * width!;
  const apart = g.transpose(g.reshape(images, [n, out, channels, taps, area]), [0, 2, 3, 1, 4]);
  let sum: Value | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const read = g.reshape(g.slice(apart, [tap], [tap + 1], [2], [1]), [n, channels, out, 1, area]);
    const spread = g.reshape(padded(g, read, 3, 0, stride - 1), [n, channels, out * stride, area]);
    const before = tap * dilation - begin;
    // A tap that reads nothing but padding gives nothing back.
    if (before >= depth! || before + out * stride <= 0) continue;
    const placed = padded(g, spread, 2, before, depth! - out * stride - before);
    sum = sum ? g.add(sum, placed) : placed;
  }
  const shape = [n, channels, depth!, height!, width!];
  return sum ? g.reshape(sum, shape) : g.expand(g.scalar(0), shape);
}

function pool(op: 'MaxPool' | 'AveragePool'): Lowering {
  return (g, node, [x]) => {
    const inPlanes = volumeOf(g, g.op(op, [imagesOf(g, x!)], inPlane(node.attributes)), x!.shape[0]!);
    const pooled = g.op(op, [columnsOf(g, inPlanes)], inDepth(node.attributes));
    return g.reshape(pooled, node.outputs[0]!.shape);
  };
}

function globalPool(op: string): Lowering {
  return (g, node, [x]) => {
    const [n, c, depth, height, width] = x!.shape as [Dim, Dim, Dim, Dim, Dim];
    const image = g.reshape(x!, [n, c, productOf([depth, height]), width]);
    return g.reshape(g.op(op, [image]), node.outputs[0]!.shape);
  };
}
