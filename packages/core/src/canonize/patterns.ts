/** What the patterns of functions written in primitives are put together from. */
import type { Value } from '../graph';
import { sizeOf } from '../tensor';

/** The one number of a constant. */
export function numberOf(value: Value | undefined): number | undefined {
  const { constant, dtype } = value ?? {};
  if (!constant || !(dtype === 'float32' || dtype === 'float64') || sizeOf(constant.shape) !== 1)
    return undefined;
  return Number(constant.read()[0]);
}

/** Whether a constant is this number, as far as float32 and the digits that people write tell. */
export function isNumber(value: Value | undefined, wanted: number): boolean {
  const number = numberOf(value);
  return number !== undefined && Math.abs(number - wanted) <= 1e-6 * Math.abs(wanted);
}

/** The two operands of a node of this operator, in both orders. */
export function eitherWay(value: Value | undefined, op: 'Add' | 'Mul'): (readonly [Value, Value])[] {
  if (value?.node?.op !== op) return [];
  const [a, b] = value.node.inputs as [Value, Value];
  return [
    [a, b],
    [b, a],
  ];
}

/** The only operand of a node of this operator. */
export function under(value: Value | undefined, op: string): Value | undefined {
  return value?.node?.op === op ? value.node.inputs[0] : undefined;
}

/** The other operand, where one is this number: `x` of `x · number` or `x + number`. */
export function besides(value: Value | undefined, op: 'Add' | 'Mul', number: number): Value | undefined {
  return eitherWay(value, op).find(([, other]) => isNumber(other, number))?.[0];
}

/** What is multiplied by a number, be it written as a product or as a quotient. */
export function scaledBy(value: Value | undefined, factor: number): Value | undefined {
  if (value?.node?.op === 'Div' && isNumber(value.node.inputs[1], 1 / factor)) return value.node.inputs[0];
  return besides(value, 'Mul', factor);
}

/** The three factors of a product of products, in every order. */
export function threeFactors(value: Value): (readonly [Value, Value, Value])[] {
  return eitherWay(value, 'Mul').flatMap(([a, rest]) =>
    eitherWay(rest, 'Mul').flatMap(([b, c]) => [[a, b, c] as const, [b, a, c] as const, [b, c, a] as const]),
  );
}

/** Whether a value is x to the second or third power. */
export function isPower(value: Value | undefined, x: Value, exponent: 2 | 3): boolean {
  if (value?.node?.op === 'Pow')
    return value.node.inputs[0] === x && isNumber(value.node.inputs[1], exponent);
  return eitherWay(value, 'Mul').some(([a, b]) => a === x && (exponent === 2 ? b === x : isPower(b, x, 2)));
}
