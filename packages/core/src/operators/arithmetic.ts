/** Elementwise operators of two tensors, with ONNX's broadcasting: arithmetic, comparison, logic, choice. */
import { intOf } from '../attributes';
import { broadcastShapes, type Dim, isBatch, productOf, quotientOf, sameDim } from '../dimension';
import type { Value } from '../graph';
import { sizeOf, stridesOf } from '../tensor';
import { type Operator, type OutputType, type Rule, required, type Small } from './operator';

function broadcastType(inputs: readonly (Value | undefined)[], count = 2): OutputType[] {
  if (inputs.length > count) throw new Error(`it takes ${count} inputs, not ${inputs.length}`);
  const values = Array.from({ length: count }, (_, index) => required(inputs, index));
  return [{ dtype: values[0]!.dtype, shape: broadcastShapes(...values.map((value) => value.shape)) }];
}

/** Applies `f` to the broadcast elements; undefined as soon as one result is unknown. */
function zip(
  inputs: readonly (Small | undefined)[],
  f: (...items: Dim[]) => Dim | undefined,
): Small | undefined {
  const tensors = inputs as Small[];
  const shape = broadcastShapes(...tensors.map((tensor) => tensor.shape)) as number[];
  const strides = stridesOf(shape);
  const elements: Dim[] = [];
  for (let at = 0; at < sizeOf(shape); at++) {
    const items = tensors.map((tensor) => {
      const own = stridesOf(tensor.shape);
      let offset = 0;
      for (let axis = 0; axis < tensor.shape.length; axis++) {
        const outer = axis + shape.length - tensor.shape.length;
        const index = Math.floor(at / strides[outer]!) % shape[outer]!;
        if (tensor.shape[axis] !== 1) offset += index * own[axis]!;
      }
      return tensor.elements[offset]!;
    });
    const element = f(...items);
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return { dtype: tensors[0]!.dtype, shape, elements };
}

function arithmetic(gradient: Rule, evaluate: (a: Dim, b: Dim, whole: boolean) => Dim | undefined): Operator {
  return {
    infer: (inputs) => broadcastType(inputs),
    gradient,
    evaluate: (inputs) => zip(inputs, (a, b) => evaluate(a!, b!, !inputs[0]!.dtype.startsWith('float'))),
  };
}

/** A rule from the two partial products; each is summed back over the axes that were broadcast. */
function partials(
  left: (g: Parameters<Rule>[0]['g'], r: Value, a: Value, b: Value) => Value,
  right: (g: Parameters<Rule>[0]['g'], r: Value, a: Value, b: Value) => Value,
): Rule {
  return ({ g, node, needs }, [r]) => {
    const [a, b] = node.inputs as [Value, Value];
    return [
      needs[0] ? g.sumTo(left(g, r!, a, b), a.shape) : undefined,
      needs[1] ? g.sumTo(right(g, r!, a, b), b.shape) : undefined,
    ];
  };
}

export const Add = arithmetic(
  partials(
    (_g, r) => r,
    (_g, r) => r,
  ),
  (a, b) => {
    if (a === 0) return b;
    if (b === 0) return a;
    if (isBatch(a) && isBatch(b)) return multipleOfBatch(a.batch + b.batch);
    return isBatch(a) || isBatch(b) ? undefined : a + b;
  },
);

export const Sub = arithmetic(
  partials(
    (_g, r) => r,
    (g, r) => g.neg(r),
  ),
  (a, b) => {
    if (b === 0) return a;
    if (isBatch(a) && isBatch(b)) return multipleOfBatch(a.batch - b.batch);
    return isBatch(a) || isBatch(b) ? undefined : a - b;
  },
);

export const Mul = arithmetic(
  partials(
    (g, r, _a, b) => g.mul(r, b),
    (g, r, a) => g.mul(r, a),
  ),
  (a, b) => (isBatch(a) && isBatch(b) ? undefined : productOf([a, b])),
);

export const Div = arithmetic(
  partials(
    (g, r, _a, b) => g.div(r, b),
    (g, r, a, b) => g.neg(g.div(g.mul(r, a), g.mul(b, b))),
  ),
  (a, b, whole) => (whole || isBatch(a) || isBatch(b) ? wholeQuotient(a, b) : a / b),
);

function multipleOfBatch(batch: number): Dim {
  return batch === 0 ? 0 : { batch };
}

function wholeQuotient(a: Dim, b: Dim): Dim | undefined {
  if (isBatch(a) || isBatch(b)) return quotientOf(a, b);
  return Math.trunc(a / b);
}

/**
 * The rest of a division: with the sign of the divisor, or with attribute `fmod` that of the dividend.
 */
export const Mod: Operator = {
  normalize: (attributes) => ({ fmod: intOf(attributes, 'fmod', 0) }),
  infer: (inputs) => broadcastType(inputs),
  gradient: ({ g, node, needs }, [r]) => {
    const [a, b] = node.inputs as [Value, Value];
    const quotient = g.div(a, b);
    const floor = (value: Value) => g.op('Floor', [value]);
    const whole = node.attributes.fmod
      ? g.mul(g.op('Sign', [quotient]), floor(g.op('Abs', [quotient])))
      : floor(quotient);
    return [
      needs[0] ? g.sumTo(r!, a.shape) : undefined,
      needs[1] ? g.sumTo(g.neg(g.mul(r!, whole)), b.shape) : undefined,
    ];
  },
  evaluate: (inputs, attributes) =>
    zip(inputs, (a, b) => {
      if (isBatch(a!)) return quotientOf(a, b!) === undefined ? undefined : 0;
      if (isBatch(b!)) return undefined;
      const rest = a! % (b as number);
      return attributes.fmod || rest === 0 || rest < 0 === (b as number) < 0 ? rest : rest + (b as number);
    }),
};

/** x to a constant power, or a positive x to any. */
export const Pow: Operator = {
  infer: (inputs) => broadcastType(inputs),
  gradient: partials(
    (g, r, x, p) => g.mul(g.mul(r, p), g.op('Pow', [x, g.sub(p, g.scalar(1))])),
    (g, r, x, p) => g.mul(g.mul(r, g.op('Log', [x])), g.op('Pow', [x, p])),
  ),
  evaluate: (inputs) => zip(inputs, (a, b) => (isBatch(a!) || isBatch(b!) ? undefined : a! ** (b as number))),
};

/** Of the larger (or smaller); a tie is shared equally, as PyTorch's maximum and minimum do. */
function extremum(wins: 'greater' | 'less', evaluate: (a: number, b: number) => number): Operator {
  const part = (mine: 0 | 1) => (g: Parameters<Rule>[0]['g'], r: Value, a: Value, b: Value) => {
    const [own, other] = mine === 0 ? [a, b] : [b, a];
    const half = g.where(g.op('Equal', [own, other]), g.mul(r, g.scalar(0.5)), g.scalar(0));
    return g.where(g[wins](own, other), r, half);
  };
  return {
    infer: (inputs) => broadcastType(inputs),
    gradient: partials(part(0), part(1)),
    evaluate: (inputs) =>
      zip(inputs, (a, b) => (isBatch(a!) || isBatch(b!) ? undefined : evaluate(a!, b as number))),
  };
}

export const Max = extremum('greater', Math.max);
export const Min = extremum('less', Math.min);

function comparison(evaluate: (a: Dim, b: Dim) => boolean | undefined): Operator {
  return {
    infer: (inputs) => [{ dtype: 'bool', shape: broadcastType(inputs)[0]!.shape }],
    gradient: null,
    evaluate: (inputs) => {
      const result = zip(inputs, (a, b) => {
        const answer = evaluate(a!, b!);
        return answer === undefined ? undefined : Number(answer);
      });
      return result && { ...result, dtype: 'bool' };
    },
  };
}

const ifKnown = (f: (a: number, b: number) => boolean) => (a: Dim, b: Dim) =>
  isBatch(a) || isBatch(b) ? undefined : f(a, b);

/** N is never zero or negative, so `N = -1` (a test that exporters write) is known to be false. */
export const Equal = comparison((a, b) => {
  if (isBatch(a) !== isBatch(b)) return ((isBatch(a) ? b : a) as number) <= 0 ? false : undefined;
  return sameDim(a, b);
});
export const Greater = comparison(ifKnown((a, b) => a > b));
export const GreaterOrEqual = comparison(ifKnown((a, b) => a >= b));
export const Less = comparison(ifKnown((a, b) => a < b));
export const LessOrEqual = comparison(ifKnown((a, b) => a <= b));
export const And = comparison(ifKnown((a, b) => Boolean(a && b)));
export const Or = comparison(ifKnown((a, b) => Boolean(a || b)));

export const Where: Operator = {
  infer: (inputs) => [{ dtype: required(inputs, 1).dtype, shape: broadcastType(inputs, 3)[0]!.shape }],
  gradient: ({ g, node, needs }, [r]) => {
    const [condition, a, b] = node.inputs as [Value, Value, Value];
    const zero = g.scalar(0, r!.dtype);
    return [
      undefined,
      needs[1] ? g.sumTo(g.where(condition, r!, zero), a.shape) : undefined,
      needs[2] ? g.sumTo(g.where(condition, zero, r!), b.shape) : undefined,
    ];
  },
  evaluate: (inputs) => {
    const result = zip(inputs, (condition, a, b) => (isBatch(condition!) ? undefined : condition ? a : b));
    return result && { ...result, dtype: inputs[1]!.dtype };
  },
};
