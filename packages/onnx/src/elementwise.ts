/** Elementwise functions that others say exactly. */
import type { Builder, Value } from '@regional-saliency/core';
import { type Form, input, make } from './call';

type Numbers = Readonly<Record<string, number | undefined>>;

const of =
  (f: (g: Builder, x: Value, numbers: Numbers) => Value): Form =>
  (call) => [f(call.g, input(call, 0), call.attributes as Numbers)];

const half = (g: Builder, x: Value) => g.mul(x, g.scalar(0.5));
const exp = (g: Builder, x: Value) => g.op('Exp', [x]);
const log = (g: Builder, x: Value) => g.op('Log', [x]);
const sqrt = (g: Builder, x: Value) => g.op('Sqrt', [x]);
const plus = (g: Builder, x: Value, number: number) => g.add(x, g.scalar(number));

/** The square root of x² + number. */
const hypotenuse = (g: Builder, x: Value, number: number) => sqrt(g, plus(g, g.mul(x, x), number));
/** asin x = atan(x / √(1 - x²)), which holds at ±1 too, where the quotient is infinite. */
const asin = (g: Builder, x: Value) => g.op('Atan', [g.div(x, sqrt(g, g.sub(g.scalar(1), g.mul(x, x))))]);

export const elementwise: Readonly<Record<string, Form>> = {
  Tan: of((g, x) => g.div(g.op('Sin', [x]), g.op('Cos', [x]))),
  Asin: of(asin),
  Acos: of((g, x) => g.sub(g.scalar(Math.PI / 2), asin(g, x))),
  Sinh: of((g, x) => half(g, g.sub(exp(g, x), exp(g, g.neg(x))))),
  Cosh: of((g, x) => half(g, g.add(exp(g, x), exp(g, g.neg(x))))),
  Acosh: of((g, x) => log(g, g.add(x, hypotenuse(g, x, -1)))),
  Atanh: of((g, x) => half(g, log(g, g.div(plus(g, x, 1), g.sub(g.scalar(1), x))))),
  /** By the size of x, since x + √(x² + 1) loses all digits where x is large and negative. */
  Asinh: of((g, x) => {
    const size = g.op('Abs', [x]);
    return g.mul(g.op('Sign', [x]), log(g, g.add(size, hypotenuse(g, x, 1))));
  }),

  /** Barron 2017, arXiv 1704.07483. */
  Celu: of((g, x, { alpha = 1 }) => g.mul(g.op('Elu', [g.div(x, g.scalar(alpha))]), g.scalar(alpha))),
  ThresholdedRelu: of((g, x, { alpha = 1 }) => g.where(g.greater(x, g.scalar(alpha)), x, g.scalar(0))),
  Shrink: of((g, x, { lambd = 0.5, bias = 0 }) => {
    const above = g.where(g.greater(x, g.scalar(lambd)), plus(g, x, -bias), g.scalar(0));
    return g.where(g.less(x, g.scalar(-lambd)), plus(g, x, bias), above);
  }),

  IsInf: of((g, x, { detect_negative = 1, detect_positive = 1 }) => {
    const is = (infinity: number, wanted: number) =>
      wanted ? g.op('Equal', [x, g.scalar(infinity, x.dtype)]) : g.scalar(0, 'bool');
    const found = g.op('Or', [is(-Infinity, detect_negative), is(Infinity, detect_positive)]);
    return g.expand(found, x.shape);
  }),

  Xor: (call) => {
    const { g } = call;
    const [a, b] = [input(call, 0), input(call, 1)];
    return make(call, 'And', [g.op('Or', [a, b]), g.op('Not', [g.op('And', [a, b])])]);
  },
};
