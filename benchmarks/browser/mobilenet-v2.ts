/**
 * MobileNetV2 with torchvision's layers and seeded random weights.
 *
 * Sandler, Howard, Zhu, Zhmoginov, Chen 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
 * doi 10.1109/CVPR.2018.00474.
 */
import { Builder, type Graph, N, sizeOf, type Value } from '@regional-saliency/core';
import { normals } from '../resnet18';

/** How much wider a block is inside, its channels, how often it is there, and the first one's stride. */
const blocks = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** torchvision's `mobilenet_v2(num_classes=2)` on images of `size`², batch norms not folded. */
export function randomMobileNetV2(size: number): Graph {
  const g = new Builder();
  const names = new Map<string, Value>();
  let seed = 1;
  const parameter = (shape: number[], of: (normal: number) => number): Value =>
    g.constantOf({ data: normals(seed++, sizeOf(shape)).map(of), shape, dtype: 'float32' });
  const convolution = (x: Value, outer: number, kernel: number, stride: number, group = 1): Value => {
    const inner = (x.shape[1] as number) / group;
    const scale = Math.sqrt(2 / (inner * kernel * kernel));
    const weights = parameter([outer, inner, kernel, kernel], (value) => value * scale);
    const pad = (kernel - 1) / 2;
    const y = g.op('Conv', [x, weights], {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    });
    const statistic = (of: (normal: number) => number) => parameter([outer], of);
    return g.op('BatchNormalization', [
      y,
      statistic((value) => 1 + value / 10),
      statistic((value) => value / 10),
      statistic((value) => value / 10),
      statistic((value) => 1 + Math.abs(value) / 10),
    ]);
  };
  const relu6 = (x: Value) => g.op('Clip', [x], { min: 0, max: 6 });

  const input = g.input('input', [N, 3, size, size]);
  let x = relu6(convolution(input, 32, 3, 2));
  for (const [wider, outer, count, first] of blocks) {
    for (let at = 0; at < count; at++) {
      const stride = at === 0 ? first : 1;
      const inner = x.shape[1] as number;
      const wide = wider === 1 ? x : relu6(convolution(x, wider * inner, 1, 1));
      const deep = relu6(convolution(wide, wider * inner, 3, stride, wider * inner));
      const narrow = convolution(deep, outer, 1, 1);
      x = stride === 1 && inner === outer ? g.add(x, narrow) : narrow;
    }
  }
  x = relu6(convolution(x, 1280, 1, 1));
  names.set('features', x);
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
  const weights = parameter([2, 1280], (value) => value / Math.sqrt(1280));
  const logits = g.op('Gemm', [pooled, weights, parameter([2], (value) => value / 10)], { transB: 1 });
  return g.finish({ inputs: [input], outputs: { logits }, names });
}
