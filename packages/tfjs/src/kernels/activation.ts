/** Activations and other elementwise functions of one tensor. */
import type { DType } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from '../plan';
import { tfTypeOf } from '../transfer';
import { alias, binary, unary } from './pointwise';

/** A unary kernel with numbers from the node's attributes. */
function withNumbers(f: (x: tf.Tensor, numbers: Record<string, number>) => tf.Tensor): Kernel {
  return unary((x, { node }) => f(x, node.attributes as Record<string, number>));
}

/** alpha · (exp(min(x, 0)) - 1), the lower half of ELU. */
function expBranch(x: tf.Tensor, alpha: number): tf.Tensor {
  return tf.mul(tf.elu(tf.minimum(x, 0)), alpha);
}

/** Of bounds in the wrong order ONNX takes the upper one; tfjs refuses them. */
function between(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return low <= high ? tf.clipByValue(x, low, high) : tf.minimum(tf.maximum(x, low), high);
}

function clip(x: tf.Tensor, low: number, high: number): tf.Tensor {
  if (low === Number.NEGATIVE_INFINITY)
    return high === Number.POSITIVE_INFINITY ? tf.clone(x) : tf.minimum(x, high);
  return high === Number.POSITIVE_INFINITY ? tf.maximum(x, low) : between(x, low, high);
}

const half = (x: tf.Tensor) => tf.mul(x, 0.5);

function gelu(x: tf.Tensor, approximate: unknown): tf.Tensor {
  const bend =
    approximate === 'tanh'
      ? tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))))))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(half(x), tf.add(bend, 1));
}

export const Identity = alias;
export const Relu = unary((x) => tf.relu(x));
export const Clip = withNumbers((x, { min, max }) => clip(x, min ?? -Infinity, max ?? Infinity));
export const LeakyRelu = withNumbers((x, { alpha }) => tf.leakyRelu(x, alpha));
export const Elu = withNumbers((x, { alpha }) => tf.add(tf.relu(x), expBranch(x, alpha!)));
export const Selu = withNumbers((x, { alpha, gamma }) =>
  tf.mul(tf.add(tf.relu(x), expBranch(x, alpha!)), gamma!),
);
export const Sigmoid = unary((x) => tf.sigmoid(x));
export const Tanh = unary((x) => tf.tanh(x));
export const HardSigmoid = withNumbers((x, { alpha, beta }) => clip(tf.add(tf.mul(x, alpha!), beta!), 0, 1));
export const HardSwish = unary((x) => tf.mul(x, clip(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1)));
export const Swish = withNumbers((x, { alpha }) => tf.mul(x, tf.sigmoid(tf.mul(x, alpha!))));
export const Mish = unary((x) => tf.mul(x, tf.tanh(tf.softplus(x))));
export const Softplus = unary((x) => tf.softplus(x));
export const Softsign = unary((x) => tf.div(x, tf.add(tf.abs(x), 1)));
export const Gelu = unary((x, { node }) => gelu(x, node.attributes.approximate));
export const Erf = unary((x) => tf.erf(x));
export const Exp = unary((x) => tf.exp(x));
export const Log = unary((x) => tf.log(x));
export const Sqrt = unary((x) => tf.sqrt(x));
export const Reciprocal = unary((x) => tf.reciprocal(x));
export const Neg = unary((x) => tf.neg(x));
export const Abs = unary((x) => tf.abs(x));
export const Sin = unary((x) => tf.sin(x));
export const Cos = unary((x) => tf.cos(x));
export const Atan = unary((x) => tf.atan(x));
export const PRelu = binary((x, slope) => tf.add(tf.relu(x), tf.mul(slope, tf.minimum(x, 0))));
export const Sign = unary((x) => tf.sign(x));
export const Floor = unary((x) => tf.floor(x));
export const Ceil = unary((x) => tf.ceil(x));
export const Round = unary((x) => tf.round(x));
export const IsNaN = unary((x) => tf.isNaN(x));
export const Not = unary((x) => tf.logicalNot(x));

export const Cast: Kernel = (kit) => {
  const to = tfTypeOf(kit.node.attributes.to as DType);
  if (to === tfTypeOf(kit.value(0).dtype)) alias(kit);
  // To bool is "is not zero", which tfjs's cast to bool does not promise on every backend.
  else if (to === 'bool') unary((x) => tf.notEqual(x, tf.scalar(0, x.dtype as 'float32')))(kit);
  else if (kit.target.name === 'webgpu' && to === 'float32') {
    // tfjs 4.22 renames the tensor and leaves whole numbers in its buffer, which its shaders that move data then refuse.
    unary((x) => tf.add(tf.cast(x, to), 0))(kit);
  } else unary((x) => tf.cast(x, to))(kit);
};
