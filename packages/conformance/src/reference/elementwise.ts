/** Elementwise operators, with ONNX's broadcasting. */
import { type Attributes, broadcastShapes } from '@regional-saliency/core';
import { erf } from './erf';
import { isWhole, type Kernel, single } from './kernel';
import { broadcastPositions, filled } from './values';

function unary(f: (x: number, attributes: Attributes) => number): Kernel {
  return single(([x], node) => filled(x!.shape, (at) => f(x!.data[at]!, node.attributes)));
}

/** NaN stays NaN, as in Math.max and Math.min. */
function between(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

const number = (attributes: Attributes, key: string) => attributes[key] as number;

const unaries: Record<string, Kernel> = {
  Identity: unary((x) => x),
  Relu: unary((x) => Math.max(x, 0)),
  Clip: unary((x, { min = -Infinity, max = Infinity }) => between(x, min as number, max as number)),
  LeakyRelu: unary((x, a) => (x < 0 ? number(a, 'alpha') * x : x)),
  Elu: unary((x, a) => (x < 0 ? number(a, 'alpha') * Math.expm1(x) : x)),
  Selu: unary((x, a) => number(a, 'gamma') * (x < 0 ? number(a, 'alpha') * Math.expm1(x) : x)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  HardSigmoid: unary((x, a) => between(number(a, 'alpha') * x + number(a, 'beta'), 0, 1)),
  HardSwish: unary((x) => x * between(x / 6 + 0.5, 0, 1)),
  Swish: unary((x, a) => x / (1 + Math.exp(-number(a, 'alpha') * x))),
  Mish: unary((x) => x * Math.tanh(softplus(x))),
  Softplus: unary(softplus),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Gelu: unary((x, { approximate }) =>
    approximate === 'tanh'
      ? (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x / 2) * (1 + erf(x / Math.SQRT2)),
  ),
  Erf: unary(erf),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary((x) => {
    const below = Math.floor(x);
    if (x - below !== 0.5) return Math.round(x);
    return below % 2 === 0 ? below : below + 1;
  }),
  IsNaN: unary((x) => (Number.isNaN(x) ? 1 : 0)),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Atan: unary(Math.atan),
  Not: unary((x) => (x ? 0 : 1)),
};

/** To bool: what is not zero. To integers: towards zero. Floats of any width stay doubles. */
const Cast: Kernel = single(([x], node) => {
  const output = node.outputs[0]!;
  if (output.dtype === 'bool') return filled(x!.shape, (at) => (x!.data[at] ? 1 : 0));
  return isWhole(output) ? filled(x!.shape, (at) => Math.trunc(x!.data[at]!)) : x!;
});

function broadcast(f: (items: readonly number[], whole: boolean) => number): Kernel {
  return single((inputs, node) => {
    const shape = broadcastShapes(...inputs.map((input) => input.shape)) as number[];
    const reads = inputs.map((input) => broadcastPositions(input.shape, shape));
    const whole = isWhole(node.outputs[0]!);
    return filled(shape, (at) =>
      f(
        inputs.map((input, index) => input.data[reads[index]![at]!]!),
        whole,
      ),
    );
  });
}

function binary(f: (a: number, b: number, whole: boolean) => number): Kernel {
  return broadcast(([a, b], whole) => f(a!, b!, whole));
}

const test = (f: (a: number, b: number) => boolean) => binary((a, b) => (f(a, b) ? 1 : 0));

/** The rest with the sign of the dividend, and with that of the divisor. */
const remainder = binary((a, b) => a % b);
const modulo = binary((a, b) => {
  const rest = a % b;
  return rest === 0 || rest < 0 === b < 0 ? rest : rest + b;
});

export const elementwise: Record<string, Kernel> = {
  ...unaries,
  Cast,
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  // Integers divide towards zero.
  Div: binary((a, b, whole) => (whole ? Math.trunc(a / b) : a / b)),
  Mod: (inputs, node, batch) => (node.attributes.fmod ? remainder : modulo)(inputs, node, batch),
  Pow: binary((a, b) => a ** b),
  Max: binary((a, b) => Math.max(a, b)),
  Min: binary((a, b) => Math.min(a, b)),
  PRelu: binary((x, slope) => (x < 0 ? slope * x : x)),
  Equal: test((a, b) => a === b),
  Greater: test((a, b) => a > b),
  GreaterOrEqual: test((a, b) => a >= b),
  Less: test((a, b) => a < b),
  LessOrEqual: test((a, b) => a <= b),
  And: test((a, b) => Boolean(a && b)),
  Or: test((a, b) => Boolean(a || b)),
  Where: broadcast(([condition, a, b]) => (condition ? a! : b!)),
};
