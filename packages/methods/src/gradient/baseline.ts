/** Where a path of images begins: the image that stands for "nothing to see". */
import {
  type Builder,
  fixedSize,
  SaliencyError,
  sameShape,
  showShape,
  type Tensor,
  type Value,
} from '@regional-saliency/core';

/**
 * `zero`, or any number: that value everywhere, in the units of the model's input (after normalisation). `mean`: each
 * channel's mean over the image. `blur`: the image through a Gaussian of 10 pixels at 224, as much of the size at others
 * (Fong & Vedaldi 2017, doi 10.1109/ICCV.2017.371, blur so). Or an image of the same shape, [C, H, W].
 */
export type PathBaseline = 'zero' | 'mean' | 'blur' | number | Tensor;

/** @returns a value that broadcasts with the input @throws SaliencyError `bad-input` for what is no baseline */
export function pathBaseline(g: Builder, input: Value, baseline: PathBaseline): Value {
  if (baseline === 'zero') return g.scalar(0);
  if (typeof baseline === 'number' && Number.isFinite(baseline)) return g.scalar(baseline);
  const axes = input.shape.slice(2).map((_, at) => at + 2);
  if (baseline === 'mean') return g.op('ReduceMean', [input], { axes, keepdims: 1 });
  if (baseline === 'blur') return blurred(g, input);
  if (typeof baseline !== 'object') {
    throw new SaliencyError(
      'bad-input',
      `a baseline is zero, mean, blur, a number or an image, not "${baseline}"`,
    );
  }
  const image = input.shape.slice(1);
  if (!sameShape(baseline.shape, image)) {
    throw new SaliencyError(
      'bad-input',
      `a baseline has the shape of one image, ${showShape(image)}, but this one is ${showShape(baseline.shape)}`,
    );
  }
  return g.constantOf(baseline);
}

/** How a program's metadata says it. */
export const describeBaseline = (baseline: PathBaseline): string | number =>
  typeof baseline === 'object' ? `an image of ${showShape(baseline.shape)}` : baseline;

/** A Gaussian along rows and columns, as products with constant matrices; at the border what is inside counts more. */
function blurred(g: Builder, input: Value): Value {
  const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
  const rows = g.constant(gaussianMatrix(height!), [height!, height!]);
  const columns = g.swapLast(g.constant(gaussianMatrix(width!), [width!, width!]));
  return g.matMul(g.matMul(rows, input), columns);
}

/** Row-major [size, size]; rows sum to 1. */
export function gaussianMatrix(size: number, deviation = (size * 10) / 224): Float32Array {
  const weight = (distance: number) => Math.exp(-0.5 * (distance / deviation) ** 2);
  const places = Array.from({ length: size }, (_, at) => at);
  const rows = places.map((to) => {
    const weights = places.map((from) => weight(to - from));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((each) => each / sum);
  });
  return Float32Array.from(rows.flat());
}
