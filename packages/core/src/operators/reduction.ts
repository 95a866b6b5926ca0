/** Reductions along axes (attributes `axes`, `keepdims`) and operators that normalise along one (Softmax). */
import { axisOf, intOf, intsOf } from '../attributes';
import type { Builder } from '../builder';
import { type Dim, fixedSize, productOf } from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Value } from '../graph';
import { type Operator, required, unaryRule } from './operator';

/** The derivative of a product compares each element with each other. */
const LONGEST_PRODUCT = 1024;

function normalizeAxes(attributes: Attributes, inputs: readonly (Value | undefined)[]): Attributes {
  const rank = required(inputs, 0).shape.length;
  const every = Array.from({ length: rank }, (_, axis) => axis);
  const given = attributes.axes ? intsOf(attributes, 'axes') : [];
  const none = given.length === 0 && attributes.noop_with_empty_axes === 1;
  const axes = none ? [] : given.length === 0 ? every : given.map((axis) => axisOf(axis, rank));
  return {
    axes: axes.sort((a, b) => a - b),
    keepdims: intOf(attributes, 'keepdims', 1),
    // No axes would mean all of them when these attributes are read again.
    ...(none && { noop_with_empty_axes: 1 }),
  };
}

function reducedShape(shape: readonly Dim[], attributes: Attributes): Dim[] {
  const axes = intsOf(attributes, 'axes');
  if (intOf(attributes, 'keepdims') === 1) return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The same with the reduced axes kept as 1, so that it broadcasts against the input. */
function keepReduced(g: Builder, r: Value, x: Value, attributes: Attributes): Value {
  return g.reshape(r, reducedShape(x.shape, { ...attributes, keepdims: 1 }));
}

function reduction(
  derivative: (g: Builder, r: Value, x: Value, y: Value, axes: number[]) => Value,
): Operator {
  return {
    normalize: normalizeAxes,
    infer: (inputs, attributes) => {
      const { dtype, shape } = required(inputs, 0);
      return [{ dtype, shape: reducedShape(shape, attributes) }];
    },
    gradient: unaryRule((g, r, node) => {
      const x = node.inputs[0]!;
      const wide = keepReduced(g, r, x, node.attributes);
      const y = keepReduced(g, node.outputs[0]!, x, node.attributes);
      return derivative(g, wide, x, y, intsOf(node.attributes, 'axes'));
    }),
  };
}

export const ReduceSum = reduction((g, r, x) => g.expandLike(r, x));

export const ReduceMean = reduction((g, r, x, _y, axes) => {
  const count = axes.reduce((size, axis) => size * fixedSize(x.shape[axis]!, 'an averaged axis'), 1);
  return g.expandLike(g.div(r, g.scalar(count)), x);
});

/**
 * Each element has the product of the others as its derivative, which is computed as such: dividing the product by the
 * element would fail at zeros.
 */
export const ReduceProd: Operator = {
  ...reduction((g, r, x, _y, axes) => {
    const count = axes.reduce((size, axis) => size * fixedSize(x.shape[axis]!, 'a multiplied axis'), 1);
    if (count > LONGEST_PRODUCT)
      throw new SaliencyError(
        'unsupported',
        `a product of ${count} elements has no gradient rule (${LONGEST_PRODUCT} at most)`,
      );
    const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
    const perm = [...kept, ...axes];
    const turned = g.transpose(x, perm);
    const outer = kept.map((axis) => x.shape[axis]!);
    const rows = g.reshape(turned, [...outer, 1, count]);
    const isOwn = g.constant(
      Array.from({ length: count * count }, (_, at) => Number(at % count === Math.floor(at / count))),
      [count, count],
      'bool',
    );
    const others = g.op('ReduceProd', [g.where(isOwn, g.scalar(1), rows)], { axes: [-1], keepdims: 0 });
    const back = perm.map((_, axis) => perm.indexOf(axis));
    return g.mul(g.transpose(g.reshape(others, turned.shape), back), r);
  }),
  evaluate: ([x], attributes) => {
    const axes = intsOf(attributes, 'axes');
    if (axes.length !== x!.shape.length) return undefined;
    return {
      dtype: x!.dtype,
      shape: reducedShape(x!.shape, attributes) as number[],
      elements: [productOf(x!.elements)],
    };
  },
};

/** Of the largest; equal ones share it, as PyTorch's amax and amin do. */
const ofExtremes = reduction((g, r, x, y, axes) => {
  const hit = g.cast(g.op('Equal', [x, y]), x.dtype);
  return g.mul(hit, g.div(r, g.reduceSum(hit, axes)));
});
export const ReduceMax = ofExtremes;
export const ReduceMin = ofExtremes;

/** Not differentiable. Attributes `axis`, `keepdims`; a tie goes to the first. */
export const ArgMax: Operator = {
  normalize: (attributes, inputs) => {
    if (attributes.select_last_index === 1)
      throw new SaliencyError('unsupported', 'the last of equal maxima (select_last_index) is not supported');
    return {
      axis: axisOf(intOf(attributes, 'axis', 0), required(inputs, 0).shape.length),
      keepdims: intOf(attributes, 'keepdims', 1),
    };
  },
  infer: (inputs, attributes) => {
    const { shape } = required(inputs, 0);
    const axes = [intOf(attributes, 'axis')];
    return [{ dtype: 'int64', shape: reducedShape(shape, { axes, keepdims: attributes.keepdims }) }];
  },
  gradient: null,
};

function alongAxis(derivative: (g: Builder, r: Value, y: Value, axis: number) => Value): Operator {
  return {
    normalize: (attributes, inputs) => ({
      axis: axisOf(intOf(attributes, 'axis', -1), required(inputs, 0).shape.length),
    }),
    infer: (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 0).shape }],
    gradient: unaryRule((g, r, node) => derivative(g, r, node.outputs[0]!, intOf(node.attributes, 'axis'))),
  };
}

export const Softmax = alongAxis((g, r, y, axis) => {
  const weighted = g.mul(r, y);
  return g.sub(weighted, g.mul(y, g.reduceSum(weighted, [axis])));
});

export const LogSoftmax = alongAxis((g, r, y, axis) =>
  g.sub(r, g.mul(g.op('Exp', [y]), g.reduceSum(r, [axis]))),
);
