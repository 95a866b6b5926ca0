/** Shapes as data, and constants of a shape, where they depend on the batch size; the others are folded at import. */
import { isBatch, productOf } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from '../plan';
import { tfTypeOf } from '../transfer';

/** A shape as data: known but for the batch size. */
export const Shape: Kernel = (kit) => {
  const { content } = kit.node.outputs[0]!;
  if (!content) throw new Error('its value depends on data');
  const dims = content.filter(isBatch);
  kit.give(
    kit.stepWith(dims, [], (sizes) => {
      let next = 0;
      const elements = content.map((dim) => (isBatch(dim) ? sizes[next++]! : dim));
      return tf.tensor1d(elements, 'int32');
    }),
  );
};

/** The number of elements, as data. */
export const Size: Kernel = (kit) => {
  kit.give(kit.stepWith([productOf(kit.value(0).shape)], [], ([size]) => tf.scalar(size!, 'int32')));
};

/** A shape filled with one number. */
export const ConstantOfShape: Kernel = (kit) => {
  const { shape, dtype } = kit.node.outputs[0]!;
  const value = kit.node.attributes.value as { data: ArrayLike<number | bigint> } | undefined;
  const number = value ? Number(value.data[0]) : 0;
  kit.give(kit.stepWith(shape, [], (sizes) => tf.fill(sizes, number, tfTypeOf(dtype) as 'float32')));
};

/** The numbers of the images: any other Range is folded at import. */
export const Range: Kernel = (kit) => {
  const { shape, dtype } = kit.node.outputs[0]!;
  const type = tfTypeOf(dtype) === 'int32' ? 'int32' : 'float32';
  kit.give(kit.stepWith(shape, [], ([size]) => tf.range(0, size!, 1, type)));
};
