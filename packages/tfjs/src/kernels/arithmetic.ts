/**
 * Elementwise operators of two or three tensors: arithmetic, comparison, logic, choice.
 *
 * Comparisons and choice decide which relevance passes, and tfjs is slow at them: on wasm 4 ns an element to compare,
 * and 80 ns to choose between a tensor and a number. Where tensors can be read as arrays they are plain loops here,
 * without branches, about 1 ns an element.
 */
import type { Value } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Elements } from '../arrays';
import type { Kernel, Kit } from '../plan';
import { tfTypeOf } from '../transfer';
import { binary, scalarOf } from './pointwise';

export const Add = binary((a, b) => tf.add(a, b));
export const Sub = binary((a, b) => tf.sub(a, b));
export const Mul = binary((a, b) => tf.mul(a, b));
export const Pow = binary((a, b) => tf.pow(a, b));
export const Max = binary((a, b) => tf.maximum(a, b));
export const Min = binary((a, b) => tf.minimum(a, b));
export const And = binary((a, b) => tf.logicalAnd(a, b));
export const Or = binary((a, b) => tf.logicalOr(a, b));

/** The quotient of whole numbers without its fraction. */
function towardsZero(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.mul(tf.floorDiv(tf.abs(a), tf.abs(b)), tf.cast(tf.mul(tf.sign(a), tf.sign(b)), 'int32'));
}

/** Whole numbers are divided towards zero, as in ONNX; tfjs would take the floor. */
export const Div: Kernel = (kit) => {
  const whole = tfTypeOf(kit.value(0).dtype) === 'int32';
  binary(whole ? towardsZero : (a, b) => tf.div(a, b))(kit);
};

/** What division leaves: with the divisor's sign, or with `fmod` the dividend's. */
export const Mod: Kernel = (kit) => {
  const whole = tfTypeOf(kit.value(0).dtype) === 'int32';
  const truncated = (a: tf.Tensor, b: tf.Tensor) => {
    const quotient = tf.div(a, b);
    return tf.mul(tf.sign(quotient), tf.floor(tf.abs(quotient)));
  };
  const floored = (a: tf.Tensor, b: tf.Tensor) => (whole ? tf.floorDiv(a, b) : tf.floor(tf.div(a, b)));
  const quotient = kit.node.attributes.fmod ? (whole ? towardsZero : truncated) : floored;
  binary((a, b) => tf.sub(a, tf.mul(b, quotient(a, b))))(kit);
};

/** Fills `out` with 0 and 1. Either side may be a single number: its step is 0. */
type Loop = (out: Elements, a: Elements, b: Elements, stepA: number, stepB: number) => void;

const above: Loop = (out, a, b, stepA, stepB) => {
  for (let i = 0, at = 0, bt = 0; i < out.length; i++, at += stepA, bt += stepB) out[i] = +(a[at]! > b[bt]!);
};
const atLeast: Loop = (out, a, b, stepA, stepB) => {
  for (let i = 0, at = 0, bt = 0; i < out.length; i++, at += stepA, bt += stepB) out[i] = +(a[at]! >= b[bt]!);
};
const same: Loop = (out, a, b, stepA, stepB) => {
  for (let i = 0, at = 0, bt = 0; i < out.length; i++, at += stepA, bt += stepB)
    out[i] = +(a[at]! === b[bt]!);
};
const swapped =
  (loop: Loop): Loop =>
  (out, a, b, stepA, stepB) =>
    loop(out, b, a, stepB, stepA);

function comparison(f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, loop: Loop): Kernel {
  return (kit) => {
    const { arrays } = kit.target;
    if (!arrays?.inPlace) return binary(f)(kit);
    binary((a, b) => {
      const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const size = tf.util.sizeFromShape(shape);
      if (![a, b].every((x) => x.size === size || x.size === 1)) return f(a, b);
      return arrays.make([a, b], shape, 'bool', (out, x, y) =>
        loop(out, x!, y!, Number(x!.length > 1), Number(y!.length > 1)),
      );
    })(kit);
  };
}

export const Greater = comparison((a, b) => tf.greater(a, b), above);
export const GreaterOrEqual = comparison((a, b) => tf.greaterEqual(a, b), atLeast);
export const Less = comparison((a, b) => tf.less(a, b), swapped(above));
export const LessOrEqual = comparison((a, b) => tf.lessEqual(a, b), swapped(atLeast));
export const Equal = comparison((a, b) => tf.equal(a, b), same);

/** A gate: what passes where a tensor is within an open interval, and is 0 elsewhere. */
interface Gate {
  readonly value: Value;
  readonly low: number;
  readonly high: number;
}

/** Reads `x > low`, `x < high` and their And, which the gradients of Relu and Clip are written with. */
function gateOf(condition: Value): Gate | undefined {
  const { op, inputs } = condition.node ?? {};
  const [a, b] = inputs ?? [];
  if (!a || !b) return undefined;
  if (op === 'And') {
    const [first, second] = [gateOf(a), gateOf(b)];
    if (!first || first.value !== second?.value) return undefined;
    const low = Math.max(first.low, second.low);
    return { value: first.value, low, high: Math.min(first.high, second.high) };
  }
  const [bound] = b.constant && b.shape.length === 0 ? (b.content ?? []) : [];
  if (typeof bound !== 'number' || tfTypeOf(a.dtype) !== 'float32') return undefined;
  if (op === 'Greater') return { value: a, low: bound, high: Number.POSITIVE_INFINITY };
  if (op === 'Less') return { value: a, low: Number.NEGATIVE_INFINITY, high: bound };
  return undefined;
}

export const Where: Kernel = (kit) => {
  const { arrays } = kit.target;
  const [condition, a] = [kit.value(0), kit.value(1)];
  if (!arrays?.inPlace || !['float32', 'int32'].includes(tfTypeOf(a.dtype))) return choose(kit);
  const gate = scalarOf(kit, 2) === 0 && a.dtype === 'float32' ? gateOf(condition) : undefined;
  const shape = kit.node.outputs[0]!.shape;
  const whole = (value: Value) => JSON.stringify(value.shape) === JSON.stringify(shape);
  if (gate && whole(a) && whole(gate.value)) return passGate(kit, gate);
  chooseInPlace(kit);
};

function choose(kit: Kit): void {
  const layout = kit.follow();
  const slots = [0, 1, 2].map((index) => kit.operand(index, layout));
  const slot = kit.step(slots, (condition, a, b) => {
    const shape = broadcastShape(condition!, a!, b!);
    // tfjs broadcasts a number by tiling it; filling is much faster.
    const wide = (index: 1 | 2, x: tf.Tensor) => {
      const number = scalarOf(kit, index);
      return number === undefined ? x : tf.fill(shape, number, x.dtype as 'float32');
    };
    const [yes, no] = [wide(1, a!), wide(2, b!)];
    if (shape.length <= 4) return tf.where(condition!, yes, no);
    // tfjs's GPU backends choose along four axes at most.
    const flat = <T extends tf.Tensor>(x: T) => tf.reshape(tf.broadcastTo(x, shape), [-1]);
    return tf.reshape(tf.where(flat(condition!), flat(yes), flat(no)), shape);
  });
  kit.give(slot, layout);
}

function broadcastShape(...tensors: tf.Tensor[]): number[] {
  return tensors.reduce<number[]>(
    (wide, { shape }) => tf.backend_util.assertAndGetBroadcastShape(wide, shape),
    [],
  );
}

/**
 * Relevance where the gate is open. Bits are masked, so that what does not pass leaves no trace even if it is infinite
 * or NaN, as in `Where`.
 */
function passGate(kit: Kit, { value, low, high }: Gate): void {
  const { arrays, simd } = kit.target;
  const layout = kit.follow();
  const slots = [kit.lying(value, layout), kit.input(1, layout)];
  const slot = kit.step(slots, (x, r) => {
    if (simd) {
      return simd.make([x, r], r.shape, [], (out, [input, relevance]) =>
        simd.kernels.passWithin(out, relevance!, input!, r.size, low, high),
      );
    }
    return arrays!.make([x, r], r.shape, 'float32', (out, inputs, relevance) =>
      passWithin(bitsOf(out), bitsOf(relevance!), inputs!, low, high),
    );
  });
  kit.give(slot, layout);
}

function chooseInPlace(kit: Kit): void {
  const { arrays } = kit.target;
  const layout = kit.follow();
  const slots = [0, 1, 2].map((index) => kit.operand(index, layout));
  const slot = kit.step(slots, (condition, a, b) => {
    const shape = broadcastShape(condition!, a!, b!);
    const size = tf.util.sizeFromShape(shape);
    if (condition!.size !== size || ![a!, b!].every((x) => x.size === size || x.size === 1)) {
      return tf.where(condition!, a!, b!);
    }
    return arrays!.make([condition!, a!, b!], shape, a!.dtype as 'float32' | 'int32', (out, mask, x, y) => {
      chooseBits(bitsOf(out), mask!, bitsOf(x!), bitsOf(y!));
    });
  });
  kit.give(slot, layout);
}

// The loops are functions of their own, not closures of the steps, so that the engine optimises each only once.

function passWithin(out: Int32Array, relevance: Int32Array, x: Elements, low: number, high: number): void {
  for (let i = 0; i < out.length; i++) {
    const at = x[i]!;
    out[i] = relevance[i]! & -(+(at > low) & +(at < high));
  }
}

function chooseBits(out: Int32Array, mask: Elements, a: Int32Array, b: Int32Array): void {
  const [stepA, stepB] = [Number(a.length > 1), Number(b.length > 1)];
  for (let i = 0, at = 0, bt = 0; i < out.length; i++, at += stepA, bt += stepB) {
    const open = -mask[i]!;
    out[i] = (a[at]! & open) | (b[bt]! & ~open);
  }
}

function bitsOf(array: Elements): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length);
}
