/** Operators of a GraphModel that act on elements: arithmetic, comparisons, choices, activations. */
import { isBatch, SaliencyError, sizeOf, type Value } from '@regional-saliency/core';
import { type Call, type Form, fixedNumberOf, input, plain } from './call';

const number = (call: Call, value: number, like = input(call, 0)) => call.g.scalar(value, like.dtype);

/** The floor of a quotient; of integers without rounding. */
function floored(call: Call): Value {
  const { m, names } = call;
  const [a, b] = [input(call, 0), input(call, 1)];
  if (a.dtype === 'float32') return m.op('Floor', [m.op('Div', [a, b])], {}, names);
  return m.op('Div', [m.op('Sub', [a, m.op('Mod', [a, b])]), b], {}, names);
}

/** An activation by the name that fused operators have for it, under the node's name. */
export function activation(call: Call, kind: string, x: Value, slope?: Value): Value {
  const { m, names } = call;
  switch (kind) {
    case 'Relu6':
      return m.op('Clip', [x], { min: 0, max: 6 }, names);
    case 'LeakyRelu':
      return m.op('LeakyRelu', [x], { alpha: call.attributes.number('leakyrelu_alpha', 0.2) }, names);
    case 'Prelu':
      if (!slope) throw new SaliencyError('bad-file', 'the slope of its Prelu is missing');
      return prelu(call, x, slope);
    case 'Relu':
    case 'Elu':
    case 'Sigmoid':
    case 'Tanh':
      return m.op(kind, [x], {}, names);
    default:
      throw new SaliencyError('unsupported', `${kind} fused into it is not supported`);
  }
}

/** A slope that is one number is a LeakyRelu's. He, Zhang, Ren and Sun 2015, arXiv 1502.01852. */
function prelu({ m, names }: Call, x: Value, slope: Value): Value {
  const { constant } = slope;
  if (constant && sizeOf(constant.shape) === 1) {
    return m.op('LeakyRelu', [x], { alpha: Number(constant.read()[0]) }, names);
  }
  return m.op('PRelu', [x, slope], {}, names);
}

const onNumbers =
  (op: string, ...parameters: readonly string[]): Form =>
  (call) => {
    const entries = parameters.map((key, at) => [key, fixedNumberOf(call, at + 1, `its "${key}"`)]);
    return [call.m.op(op, [input(call, 0)], Object.fromEntries(entries), call.names)];
  };

/** A bias for each channel; it becomes that of the convolution or matrix product before it. */
const biasAdd: Form = (call) => {
  const { g, m, names, attributes } = call;
  const [x, bias] = [input(call, 0), input(call, 1)];
  const isFirst = attributes.text('data_format', 'NHWC').startsWith('NC');
  const linear = (isFirst ? x : m.named(x)).node;
  if (linear && call.isSole(0) && bias.constant) {
    const [from, weights, before] = linear.inputs;
    const onMatrices = linear.op === 'MatMul' && from!.shape.length === 2 && weights!.shape.length === 2;
    if (linear.op === 'Conv' && !before) {
      const y = g.op('Conv', [from, weights, bias], linear.attributes, names);
      call.moved(x, isFirst ? y : m.last(y));
      return [isFirst ? y : m.last(y)];
    }
    if (onMatrices) {
      const y = g.op('Gemm', [from, weights, bias], {}, names);
      call.moved(x, y);
      return [y];
    }
  }
  if (!isFirst) return [m.op('Add', [x, bias], {}, names)];
  return [g.op('Add', [x, g.reshape(bias, [bias.shape[0]!, ...x.shape.slice(2).map(() => 1)])], {}, names)];
};

/** The older choice takes a condition for each row, where it has one axis only. */
const select: Form = (call) => {
  const { m, names } = call;
  const [condition, a, b] = [input(call, 0), input(call, 1), input(call, 2)];
  const rows = condition.shape.length === 1 && a.shape.length > 1;
  const wide = rows
    ? m.op('Reshape', [condition], { shape: [condition.shape[0]!, ...a.shape.slice(1).map(() => 1)] })
    : condition;
  return [m.op('Where', [wide, a, b], {}, names)];
};

const cast: Form = (call) => {
  const x = input(call, 0);
  const to = call.attributes.dtype('DstT');
  return [x.dtype === to ? x : call.m.op('Cast', [x], { to }, call.names)];
};

/** A function of one number as a few operators: given the builder of nodes and a maker of numbers, what it is of x. */
const written =
  (
    formula: (
      op: (name: string, ...inputs: Value[]) => Value,
      x: Value,
      of: (value: number) => Value,
    ) => Value,
  ): Form =>
  (call) => {
    const op = (name: string, ...inputs: Value[]) => call.m.op(name, inputs, {}, call.names);
    return [formula(op, input(call, 0), (value) => number(call, value))];
  };

/** ½ (eˣ + sign · e⁻ˣ) */
const hyperbolic = (op: 'Add' | 'Sub') =>
  written((o, x, of) => o('Mul', o(op, o('Exp', x), o('Exp', o('Neg', x))), of(0.5)));

const arcSine: Parameters<typeof written>[0] = (o, x, of) =>
  o('Atan', o('Div', x, o('Sqrt', o('Sub', of(1), o('Mul', x, x)))));

/** The angle of the point (x, y); 0 where both are. */
const arcTangent2: Form = (call) => {
  const { m, names } = call;
  const [y, x] = [input(call, 0), input(call, 1)];
  const is = (op: string, value: Value) => m.op(op, [value, number(call, 0)]);
  const nowhere = m.op('And', [is('Equal', x), is('Equal', y)]);
  const angle = m.op('Atan', [m.op('Div', [y, m.op('Where', [nowhere, number(call, 1), x])])]);
  const half = m.op('Where', [is('Less', y), number(call, -Math.PI), number(call, Math.PI)]);
  return [m.op('Add', [angle, m.op('Where', [is('Less', x), half, number(call, 0)])], {}, names)];
};

/** The largest number of 32 bits. */
const LARGEST = 3.4028234663852886e38;

const alias: Form = (call) => [input(call, 0)];

export const elementwise: Readonly<Record<string, Form>> = {
  Identity: alias,
  IdentityN: (call) => call.inputs,
  Snapshot: alias,
  StopGradient: alias,
  PreventGradient: alias,
  EnsureShape: alias,
  Print: alias,
  // tfjs leaves it out, too.
  FakeQuantWithMinMaxVars: alias,

  Add: plain('Add'),
  AddV2: plain('Add'),
  AddN: (call) => [call.inputs.reduce((a, b) => call.m.op('Add', [a, b], {}, call.names))],
  BiasAdd: biasAdd,
  Sub: plain('Sub'),
  Mul: plain('Mul'),
  Div: plain('Div'),
  RealDiv: plain('Div'),
  FloorDiv: (call) => [floored(call)],
  DivNoNan: (call) => {
    const { m, names } = call;
    const [a, b] = [input(call, 0), input(call, 1)];
    const isZero = m.op('Equal', [b, number(call, 0)]);
    const quotient = m.op('Div', [a, m.op('Where', [isZero, number(call, 1), b])]);
    return [m.op('Where', [isZero, number(call, 0), quotient], {}, names)];
  },
  Mod: plain('Mod'),
  FloorMod: plain('Mod'),
  Pow: plain('Pow'),
  Maximum: plain('Max'),
  Minimum: plain('Min'),
  SquaredDifference: (call) => {
    const difference = call.m.op('Sub', [input(call, 0), input(call, 1)]);
    return [call.m.op('Mul', [difference, difference], {}, call.names)];
  },

  Equal: plain('Equal'),
  NotEqual: (call) => [call.m.op('Not', [call.m.op('Equal', call.inputs)], {}, call.names)],
  Greater: plain('Greater'),
  GreaterEqual: plain('GreaterOrEqual'),
  Less: plain('Less'),
  LessEqual: plain('LessOrEqual'),
  LogicalAnd: plain('And'),
  LogicalOr: plain('Or'),
  LogicalNot: plain('Not'),
  Select: select,
  SelectV2: plain('Where'),

  Abs: plain('Abs'),
  Acos: written((o, x, of) => o('Sub', of(Math.PI / 2), arcSine(o, x, of))),
  Acosh: written((o, x, of) => o('Log', o('Add', x, o('Sqrt', o('Sub', o('Mul', x, x), of(1)))))),
  Asin: written(arcSine),
  Asinh: written((o, x, of) => {
    const size = o('Abs', x);
    return o('Mul', o('Sign', x), o('Log', o('Add', size, o('Sqrt', o('Add', o('Mul', x, x), of(1))))));
  }),
  Atan: plain('Atan'),
  Atan2: arcTangent2,
  Atanh: written((o, x, of) => o('Mul', o('Log', o('Div', o('Add', of(1), x), o('Sub', of(1), x))), of(0.5))),
  Ceil: plain('Ceil'),
  Cos: plain('Cos'),
  Cosh: hyperbolic('Add'),
  Elu: plain('Elu'),
  Erf: plain('Erf'),
  Exp: plain('Exp'),
  Expm1: (call) => [call.m.op('Sub', [call.m.op('Exp', [input(call, 0)]), number(call, 1)], {}, call.names)],
  Floor: plain('Floor'),
  IsFinite: written((o, x, of) => o('LessOrEqual', o('Abs', x), of(LARGEST))),
  IsInf: written((o, x, of) => o('Greater', o('Abs', x), of(LARGEST))),
  IsNan: plain('IsNaN'),
  LeakyRelu: (call) => [
    call.m.op('LeakyRelu', [input(call, 0)], { alpha: call.attributes.number('alpha', 0.2) }, call.names),
  ],
  Log: plain('Log'),
  Log1p: (call) => [call.m.op('Log', [call.m.op('Add', [input(call, 0), number(call, 1)])], {}, call.names)],
  Neg: plain('Neg'),
  Prelu: (call) => [prelu(call, input(call, 0), input(call, 1))],
  Reciprocal: plain('Reciprocal'),
  Relu: plain('Relu'),
  Relu6: (call) => [activation(call, 'Relu6', input(call, 0))],
  Round: plain('Round'),
  Rsqrt: (call) => [call.m.op('Reciprocal', [call.m.op('Sqrt', [input(call, 0)])], {}, call.names)],
  Selu: plain('Selu'),
  Sigmoid: plain('Sigmoid'),
  Sign: plain('Sign'),
  Sin: plain('Sin'),
  Sinh: hyperbolic('Sub'),
  Softplus: plain('Softplus'),
  Softsign: plain('Softsign'),
  Sqrt: plain('Sqrt'),
  Square: (call) => [call.m.op('Mul', [input(call, 0), input(call, 0)], {}, call.names)],
  Tan: written((o, x) => o('Div', o('Sin', x), o('Cos', x))),
  Tanh: plain('Tanh'),
  ClipByValue: onNumbers('Clip', 'min', 'max'),
  Cast: cast,

  ZerosLike: (call) => [call.g.zerosLike(input(call, 0))],
  OnesLike: (call) => [call.g.expandLike(number(call, 1), input(call, 0))],
};

/** Operators whose every result element depends on the elements at its own place only. */
export const pointwise: ReadonlySet<string> = new Set(
  Object.keys(elementwise).filter((op) => op !== 'IdentityN' && op !== 'Select'),
);

/** Whether a tensor has one value a channel, and so is the same for all images and places. */
export function isPerChannel({ shape }: Value): boolean {
  return shape.slice(0, -1).every((dim) => !isBatch(dim) && dim === 1);
}
