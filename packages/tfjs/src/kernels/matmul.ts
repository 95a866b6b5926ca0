/** Matrix products. Their operands lie in standard order; rows of several images are one matrix. */
import * as tf from '@tensorflow/tfjs-core';
import { transposeOf } from '../moves';
import type { Kernel } from '../plan';

/** The rows and columns that each matrix on the right was first multiplied as. */
const multipliedAs = new WeakMap<object, string>();

/**
 * tfjs's wasm backend packs the matrix on the right and remembers that by the memory it lies in alone (seen in 4.22):
 * the same elements reshaped would be multiplied as they were first. They get a memory of their own.
 */
function product(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const sizes = b.shape.slice(-2).join();
  const before = multipliedAs.get(b.dataId);
  if (before === undefined) multipliedAs.set(b.dataId, sizes);
  return tf.matMul(a, before === undefined || before === sizes ? b : tf.add(b, 0));
}

export const MatMul: Kernel = (kit) => {
  const [left, right] = [kit.value(0).shape.length, kit.value(1).shape.length];
  const dims = kit.node.outputs[0]!.shape;
  const slot = kit.stepWith(dims, [kit.input(0), kit.input(1)], (sizes, a, b) => {
    const inner = a.shape.at(-1)!;
    // A fixed matrix on the right multiplies the rows of all images at once.
    if (right <= 2) {
      const matrix = right === 1 ? tf.reshape(b, [inner, 1]) : b;
      return tf.reshape(product(tf.reshape(a, [-1, inner]), matrix), sizes);
    }
    const rows = left === 1 ? tf.reshape(a, [1, inner]) : a;
    // tfjs mistakes batches that both have to be broadcast.
    const batch = tf.backend_util.assertAndGetBroadcastShape(rows.shape.slice(0, -2), b.shape.slice(0, -2));
    const wide = (x: tf.Tensor) => {
      const shape = [...batch, ...x.shape.slice(-2)];
      return tf.util.arraysEqual(x.shape, shape) ? x : tf.add(x, tf.zeros(shape));
    };
    return tf.reshape(product(wide(rows), wide(b)), sizes);
  });
  kit.give(slot);
};

/** alpha · A' · B' + beta · C. Transposing is a step of its own, so that a constant is transposed at load. */
export const Gemm: Kernel = (kit) => {
  const { alpha, beta, transA, transB } = kit.node.attributes as Record<string, number>;
  const turned = (index: number, turn: number) =>
    turn ? kit.step([kit.input(index)], (x) => transposeOf(x, [1, 0])) : kit.input(index);
  const scaled = (slot: ReturnType<typeof turned>, factor: number) =>
    factor === 1 ? slot : kit.step([slot], (x) => tf.mul(x, factor));
  const slots = [turned(0, transA!), scaled(turned(1, transB!), alpha!)];
  if (!kit.has(2)) {
    kit.give(kit.step(slots, (a, b) => product(a, b)));
    return;
  }
  const bias = scaled(kit.input(2), beta!);
  kit.give(kit.step([...slots, bias], (a, b, c) => tf.add(product(a!, b!), c!)));
};
