/**
 * Activations and other elementwise functions of one tensor, each with its derivative.
 *
 * At kinks the derivative is PyTorch's: 0 for Relu at 0, and for Clip at either bound (as ReLU6 has it).
 */
import { intOf, stringOf } from '../attributes';
import type { Builder } from '../builder';
import { broadcastShapes, sameShape, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Attributes, Node, Value } from '../graph';
import { type Operator, required, type Small, unaryRule } from './operator';

type Derivative = (g: Builder, r: Value, x: Value, y: Value, attributes: Attributes) => Value;

function unary(
  derivative: Derivative | null,
  evaluate?: (x: number, attributes: Attributes) => number,
  defaults: Attributes = {},
): Operator {
  return {
    normalize: (attributes) => ({ ...defaults, ...attributes }),
    infer: (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 0).shape }],
    gradient:
      derivative &&
      unaryRule((g, r, node: Node) => derivative(g, r, node.inputs[0]!, node.outputs[0]!, node.attributes)),
    ...(evaluate && { evaluate: ([x], attributes) => mapSmall(x!, (value) => evaluate(value, attributes)) }),
  };
}

function mapSmall(x: Small, f: (value: number) => number): Small | undefined {
  const elements: number[] = [];
  for (const element of x.elements) {
    if (typeof element !== 'number') return undefined;
    elements.push(f(element));
  }
  return { ...x, elements };
}

const alphaOf = (attributes: Attributes) => intOf(attributes, 'alpha');

export const Identity: Operator = {
  ...unary((_g, r) => r),
  evaluate: ([x]) => x,
};

export const Relu = unary(
  (g, r, _x, y) => g.where(g.greater(y, g.scalar(0)), r, g.scalar(0)),
  (x) => Math.max(x, 0),
);

/** Attributes `min` and `max`; an absent bound is no bound. */
export const Clip = unary(
  (g, r, x, _y, { min, max }) => {
    const above = min === undefined ? undefined : g.greater(x, g.scalar(min as number));
    const below = max === undefined ? undefined : g.less(x, g.scalar(max as number));
    const inside = above && below ? g.op('And', [above, below]) : (above ?? below);
    return inside ? g.where(inside, r, g.scalar(0)) : r;
  },
  (x, { min, max }) => Math.min(Math.max(x, (min as number) ?? -Infinity), (max as number) ?? Infinity),
);

export const LeakyRelu = unary(
  (g, r, x, _y, a) => g.where(g.greater(x, g.scalar(0)), r, g.mul(r, g.scalar(alphaOf(a)))),
  undefined,
  { alpha: 0.01 },
);

export const Elu = unary(
  (g, r, x, y, a) => g.where(g.greater(x, g.scalar(0)), r, g.mul(r, g.add(y, g.scalar(alphaOf(a))))),
  undefined,
  { alpha: 1 },
);

/** The constants of Klambauer et al. 2017 (arXiv 1706.02515), as ONNX gives them. */
export const Selu = unary(
  (g, r, x, y, a) => {
    const gamma = intOf(a, 'gamma');
    const slope = g.where(g.greater(x, g.scalar(0)), g.scalar(gamma), g.add(y, g.scalar(alphaOf(a) * gamma)));
    return g.mul(r, slope);
  },
  undefined,
  { alpha: 1.6732632423543772, gamma: 1.0507009873554805 },
);

export const Sigmoid = unary((g, r, _x, y) => g.mul(r, g.mul(y, g.sub(g.scalar(1), y))));

export const Tanh = unary((g, r, _x, y) => g.mul(r, g.sub(g.scalar(1), g.mul(y, y))));

export const HardSigmoid = unary(
  (g, r, _x, y, a) => {
    const inside = g.op('And', [g.greater(y, g.scalar(0)), g.less(y, g.scalar(1))]);
    return g.where(inside, g.mul(r, g.scalar(alphaOf(a))), g.scalar(0));
  },
  undefined,
  { alpha: 0.2, beta: 0.5 },
);

/** x · clip(x/6 + 1/2, 0, 1); at the kinks the derivative is that of the outer piece: 0 at -3, 1 at 3 (PyTorch 2.15). */
export const HardSwish = unary((g, r, x) => {
  const middle = g.mul(r, g.add(g.mul(x, g.scalar(1 / 3)), g.scalar(0.5)));
  const low = g.where(g.greater(x, g.scalar(-3)), middle, g.scalar(0));
  return g.where(g.less(x, g.scalar(3)), low, r);
});

export const Softplus = unary((g, r, x) => g.mul(r, g.op('Sigmoid', [x])));

export const Softsign = unary((g, r, x) => {
  const one = g.add(g.op('Abs', [x]), g.scalar(1));
  return g.div(r, g.mul(one, one));
});

/** x · sigmoid(αx), with attribute `alpha`; SiLU where it is 1. Ramachandran, Zoph and Le 2017, arXiv 1710.05941. */
export const Swish = unary(
  (g, r, x, y, a) => {
    const gate = g.op('Sigmoid', [g.mul(x, g.scalar(alphaOf(a)))]);
    const rest = g.mul(y, g.sub(g.scalar(1), gate));
    return g.mul(r, g.add(gate, g.mul(rest, g.scalar(alphaOf(a)))));
  },
  undefined,
  { alpha: 1 },
);

/** x · tanh(softplus(x)). Misra 2019, arXiv 1908.08681. */
export const Mish = unary((g, r, x) => {
  const t = g.op('Tanh', [g.op('Softplus', [x])]);
  const bend = g.mul(g.mul(x, g.sub(g.scalar(1), g.mul(t, t))), g.op('Sigmoid', [x]));
  return g.mul(r, g.add(t, bend));
});

/** Attribute `approximate`: `none` (erf) or `tanh`. Hendrycks and Gimpel 2016, arXiv 1606.08415. */
export const Gelu = unary(
  (g, r, x, _y, a) => {
    const half = g.scalar(0.5);
    const one = g.scalar(1);
    if (stringOf(a, 'approximate', 'none') === 'tanh') {
      const scale = Math.sqrt(2 / Math.PI);
      const square = g.mul(x, x);
      const inner = g.mul(x, g.add(g.scalar(scale), g.mul(square, g.scalar(scale * 0.044715))));
      const t = g.op('Tanh', [inner]);
      const slope = g.add(g.scalar(scale), g.mul(square, g.scalar(3 * scale * 0.044715)));
      const tail = g.mul(g.mul(g.mul(half, x), g.sub(one, g.mul(t, t))), slope);
      return g.mul(r, g.add(g.mul(half, g.add(one, t)), tail));
    }
    const cdf = g.mul(half, g.add(one, g.op('Erf', [g.mul(x, g.scalar(Math.SQRT1_2))])));
    const density = g.mul(
      g.scalar(1 / Math.sqrt(2 * Math.PI)),
      g.op('Exp', [g.mul(g.scalar(-0.5), g.mul(x, x))]),
    );
    return g.mul(r, g.add(cdf, g.mul(x, density)));
  },
  undefined,
  { approximate: 'none' },
);

export const Erf = unary((g, r, x) =>
  g.mul(r, g.mul(g.scalar(2 / Math.sqrt(Math.PI)), g.op('Exp', [g.neg(g.mul(x, x))]))),
);

export const Exp = unary((g, r, _x, y) => g.mul(r, y), Math.exp);
export const Log = unary((g, r, x) => g.div(r, x), Math.log);
export const Sqrt = unary((g, r, _x, y) => g.div(g.mul(r, g.scalar(0.5)), y), Math.sqrt);
export const Reciprocal = unary(
  (g, r, _x, y) => g.neg(g.mul(r, g.mul(y, y))),
  (x) => 1 / x,
);
export const Neg = unary(
  (g, r) => g.neg(r),
  (x) => -x,
);
export const Abs = unary((g, r, x) => g.mul(r, g.op('Sign', [x])), Math.abs);

export const Sin = unary((g, r, x) => g.mul(r, g.op('Cos', [x])), Math.sin);
export const Cos = unary((g, r, x) => g.neg(g.mul(r, g.op('Sin', [x]))), Math.cos);
export const Atan = unary((g, r, x) => g.div(r, g.add(g.mul(x, x), g.scalar(1))), Math.atan);

/** Inputs x and slope, which broadcasts to x. At 0 the derivative is the slope. He et al. 2015, arXiv 1502.01852. */
export const PRelu: Operator = {
  infer: (inputs) => {
    const [{ dtype, shape }, slope] = [required(inputs, 0), required(inputs, 1)];
    if (!sameShape(broadcastShapes(shape, slope.shape), shape))
      throw new SaliencyError(
        'bad-input',
        `a slope of ${showShape(slope.shape)} does not fit ${showShape(shape)}`,
      );
    return [{ dtype, shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, slope] = node.inputs as [Value, Value];
    const isPositive = g.greater(x, g.scalar(0));
    const below = () => g.where(isPositive, g.scalar(0), g.mul(r!, x));
    return [
      needs[0] ? g.where(isPositive, r!, g.mul(r!, slope)) : undefined,
      needs[1] ? g.sumTo(below(), slope.shape) : undefined,
    ];
  },
};

export const Sign = unary(null, Math.sign);
export const Floor = unary(null, Math.floor);
export const Ceil = unary(null, Math.ceil);

/** Halves go to the even neighbour. */
export const Round = unary(null);

export const IsNaN: Operator = {
  infer: (inputs) => [{ dtype: 'bool', shape: required(inputs, 0).shape }],
  gradient: null,
};

export const Not: Operator = {
  infer: (inputs) => [{ dtype: 'bool', shape: required(inputs, 0).shape }],
  gradient: null,
  evaluate: ([x]) => mapSmall(x!, (value) => (value ? 0 : 1)),
};

export const Cast: Operator = {
  infer: (inputs, attributes) => [
    { dtype: attributes.to as Value['dtype'], shape: required(inputs, 0).shape },
  ],
  gradient: ({ g, node }, [r]) => {
    const x = node.inputs[0]!;
    return [x.dtype.startsWith('float') ? g.cast(r!, x.dtype) : undefined];
  },
  evaluate: ([x], attributes) => {
    const to = attributes.to as Value['dtype'];
    const whole = !to.startsWith('float') && to !== 'bool';
    const elements = x!.elements.map((element) => {
      if (typeof element !== 'number') return element;
      if (to === 'bool') return element ? 1 : 0;
      return whole ? Math.trunc(element) : element;
    });
    const cast = { dtype: to, shape: x!.shape, elements };
    return !whole && elements.some((element) => typeof element !== 'number') ? undefined : cast;
  },
};
