/** Operators that read shapes or make tensors of them. */
import { sizeOf, type Tensor } from '@regional-saliency/core';
import { type Kernel, single } from './kernel';
import { filled } from './values';

const Shape: Kernel = single(([x], node) => {
  const rank = x!.shape.length;
  const { start = 0, end = rank } = node.attributes as Record<string, number>;
  const sizes = x!.shape.slice(start, end);
  return filled([sizes.length], (at) => sizes[at]!);
});

const Size: Kernel = single(([x]) => filled([], () => sizeOf(x!.shape)));

const ConstantOfShape: Kernel = single(([shape], node) => {
  const value = node.attributes.value as Tensor | undefined;
  return filled(Array.from(shape!.data), () => (value ? Number(value.data[0]) : 0));
});

const Range: Kernel = single(([start, limit, step]) => {
  const [from, to, by] = [start, limit, step].map((value) => value!.data[0]!) as [number, number, number];
  return filled([Math.max(0, Math.ceil((to - from) / by))], (at) => from + at * by);
});

export const shapes: Record<string, Kernel> = { Shape, Size, ConstantOfShape, Range };
