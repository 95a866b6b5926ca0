/**
 * Layer normalisation in primitives, as exporters write it for opsets before 17: (x - mean) / √(variance + ε), then as a
 * rule a scale and a bias for each place. Ba, Kiros and Hinton 2016, arXiv 1607.06450.
 */
import { sameShape } from '../dimension';
import type { Node, Value } from '../graph';
import { arrayOf, sizeOf } from '../tensor';
import type { Found } from './fuse';
import { eitherWay, isPower, numberOf, under } from './patterns';

export function layerNorm(node: Node): Found | undefined {
  const y = node.outputs[0]!;
  for (const { inner, bias } of [...withParameter(y, 'Add', 'bias'), { inner: y, bias: undefined }]) {
    for (const { inner: core, scale } of [
      ...withParameter(inner, 'Mul', 'scale'),
      { inner, scale: undefined },
    ]) {
      const found = standardized(core);
      if (!found) continue;
      const { x, axis, epsilon } = found;
      const shape = x.shape.slice(axis) as number[];
      const fits = (parameter: Value | undefined) => !parameter || sameShape(parameter.shape, shape);
      if (!fits(scale) || !fits(bias)) continue;
      return {
        x,
        build: (g, now) => {
          const factor = scale ?? g.constantOf({ dtype: x.dtype, shape, read: () => ones(shape) });
          const inputs = bias ? [now, factor, bias] : [now, factor];
          return { op: 'LayerNormalization', inputs, attributes: { axis, epsilon } };
        },
      };
    }
  }
  return undefined;
}

const ones = (shape: readonly number[]) => new arrayOf.float32(sizeOf(shape)).fill(1);

/** A value with a constant added or multiplied. */
function withParameter<Key extends string>(value: Value, op: 'Add' | 'Mul', key: Key) {
  return eitherWay(value, op)
    .filter(([, parameter]) => parameter.constant && parameter.dtype === 'float32')
    .map(([inner, parameter]) => ({ inner, [key]: parameter }) as { inner: Value } & Record<Key, Value>);
}

/** x, where a value is x brought to mean 0 and variance 1 along its last axes. */
function standardized(value: Value): { x: Value; axis: number; epsilon: number } | undefined {
  for (const [centred, deviation] of quotients(value)) {
    const [x, mean] = centred.node?.op === 'Sub' ? centred.node.inputs : [];
    if (!x || !mean || x.dtype !== 'float32') continue;
    const axis = averaged(mean, (item) => item === x);
    if (axis === undefined) continue;
    for (const [variance, epsilon] of eitherWay(under(deviation, 'Sqrt'), 'Add')) {
      const small = numberOf(epsilon);
      if (small === undefined || averaged(variance, (item) => isPower(item, centred, 2)) !== axis) continue;
      return { x, axis, epsilon: small };
    }
  }
  return undefined;
}

/** Dividend and divisor, of a quotient or of a product with a reciprocal. */
function quotients(value: Value): (readonly [Value, Value])[] {
  if (value.node?.op === 'Div') return [value.node.inputs as [Value, Value]];
  return eitherWay(value, 'Mul').flatMap(([a, b]) => {
    const divisor = under(b, 'Reciprocal');
    return divisor ? [[a, divisor] as const] : [];
  });
}

/** The first of the axes that a mean is taken over, if those are the last ones and kept. */
function averaged(value: Value, isItem: (item: Value | undefined) => boolean): number | undefined {
  if (value.node?.op !== 'ReduceMean' || !isItem(value.node.inputs[0])) return undefined;
  const { axes, keepdims } = value.node.attributes as { axes: number[]; keepdims: number };
  const first = value.shape.length - axes.length;
  return keepdims === 1 && axes.length > 0 && axes.every((axis, at) => axis === first + at)
    ? first
    : undefined;
}
