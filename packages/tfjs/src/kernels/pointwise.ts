/** What elementwise kernels share: they follow the layout of what they read. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Kernel, Kit } from '../plan';

/** An elementwise operator of one tensor. */
export function unary(f: (x: tf.Tensor, kit: Kit) => tf.Tensor): Kernel {
  return (kit) => {
    const layout = kit.layoutOf(0);
    kit.give(
      kit.step([kit.input(0, layout)], (x) => f(x, kit)),
      layout,
    );
  };
}

/** An elementwise operator of two tensors, with broadcasting. */
export function binary(f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Kernel {
  return (kit) => {
    const layout = kit.follow();
    kit.give(kit.step([kit.operand(0, layout), kit.operand(1, layout)], f), layout);
  };
}

/** The output is the input, as it lies. */
export const alias: Kernel = (kit) => {
  const layout = kit.layoutOf(0);
  kit.give(kit.input(0, layout), layout);
};

/** The number that an input is known to be, if it is a constant scalar. */
export function scalarOf(kit: Kit, index: number): number | undefined {
  const { constant, content, shape } = kit.value(index);
  const known = constant && shape.every((dim) => dim === 1) ? content?.[0] : undefined;
  return typeof known === 'number' ? known : undefined;
}
