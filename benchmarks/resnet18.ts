/**
 * The model that is measured: the trained ResNet-18 where it lies beside the checkout, else one with torchvision's layers
 * and seeded random weights, written to a file so that PyTorch reads the same.
 *
 * He, Zhang, Ren, Sun 2016, "Deep Residual Learning for Image Recognition", doi 10.1109/CVPR.2016.90.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Builder, type Graph, N, sizeOf, type Value } from '@regional-saliency/core';
import { readOnnx, writeOnnx } from '@regional-saliency/onnx';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const trained = path('../../shared/models/chest-xray/resnet18.onnx');

/** Where the benchmarks write. */
export const out = path('../out/bench/');

export interface Model {
  readonly file: string;
  readonly graph: Graph;
  /** In words, for the head of the table. */
  readonly about: string;
}

export function resnet18(): Model {
  if (existsSync(trained)) {
    return {
      file: trained,
      graph: readOnnx(readFileSync(trained)),
      about: 'ResNet-18, trained on chest X-rays',
    };
  }
  mkdirSync(out, { recursive: true });
  const file = `${out}resnet18-random.onnx`;
  writeFileSync(file, writeOnnx(randomResNet18()));
  return {
    file,
    graph: readOnnx(readFileSync(file)),
    about: 'ResNet-18 with seeded random weights (../shared/models/chest-xray/resnet18.onnx is not there)',
  };
}

/** Standard normal numbers from a seed above 0: xorshift (Marsaglia 2003, doi 10.18637/jss.v008.i14), Box and Muller 1958. */
export function normals(seed: number, count: number): Float32Array {
  let state = Math.imul(seed, 0x9e3779b1);
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** torchvision's `resnet18(num_classes=2)` on images of `size`², and its parameters' names, batch norms not folded. */
export function randomResNet18(size = 224): Graph {
  const g = new Builder();
  let seed = 1;
  const parameter = (name: string, shape: number[], of: (normal: number) => number): Value => {
    const data = normals(seed++, sizeOf(shape)).map(of);
    return g.constantOf({ data, shape, dtype: 'float32' }, name);
  };
  const conv = (
    x: Value,
    name: string,
    outer: number,
    kernel: number,
    stride: number,
    pad: number,
  ): Value => {
    const inner = x.shape[1] as number;
    const scale = Math.sqrt(2 / (inner * kernel * kernel));
    const weights = parameter(`${name}.weight`, [outer, inner, kernel, kernel], (value) => value * scale);
    return g.op('Conv', [x, weights], { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  };
  const norm = (x: Value, name: string): Value => {
    const shape = [x.shape[1] as number];
    return g.op('BatchNormalization', [
      x,
      parameter(`${name}.weight`, shape, (value) => 1 + value / 10),
      parameter(`${name}.bias`, shape, (value) => value / 10),
      parameter(`${name}.running_mean`, shape, (value) => value / 10),
      parameter(`${name}.running_var`, shape, (value) => 1 + Math.abs(value) / 10),
    ]);
  };
  const relu = (x: Value) => g.op('Relu', [x]);
  const block = (x: Value, name: string, outer: number, stride: number): Value => {
    const first = relu(norm(conv(x, `${name}.conv1`, outer, 3, stride, 1), `${name}.bn1`));
    const second = norm(conv(first, `${name}.conv2`, outer, 3, 1, 1), `${name}.bn2`);
    const shortcut =
      stride === 1 ? x : norm(conv(x, `${name}.downsample.0`, outer, 1, stride, 0), `${name}.downsample.1`);
    return relu(g.add(second, shortcut));
  };

  const input = g.input('input', [N, 3, size, size]);
  let x = relu(norm(conv(input, 'conv1', 64, 7, 2, 3), 'bn1'));
  x = g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const [at, outer] of [64, 128, 256, 512].entries()) {
    x = block(x, `layer${at + 1}.0`, outer, at === 0 ? 1 : 2);
    x = block(x, `layer${at + 1}.1`, outer, 1);
  }
  const features = g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
  const weights = parameter('fc.weight', [2, 512], (value) => value / Math.sqrt(512));
  const bias = parameter('fc.bias', [2], (value) => value / 10);
  const logits = g.op('Gemm', [features, weights, bias], { transB: 1 });
  return g.finish({ inputs: [input], outputs: { logits } });
}
