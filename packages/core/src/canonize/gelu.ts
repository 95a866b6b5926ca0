/**
 * Gelu in primitives: x · (1 + erf(x / √2)) / 2, and x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2.
 * Hendrycks and Gimpel 2016, arXiv 1606.08415.
 */
import type { Node, Value } from '../graph';
import type { Found } from './fuse';
import { besides, eitherWay, isNumber, isPower, scaledBy, threeFactors, under } from './patterns';

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

export function gelu(node: Node): Found | undefined {
  for (const [x, half, bend] of threeFactors(node.outputs[0]!).concat(halved(node))) {
    if (!isNumber(half, node.op === 'Div' ? 2 : 0.5)) continue;
    const bent = besides(bend, 'Add', 1);
    const approximate = bent && approximationOf(bent, x);
    if (approximate)
      return { x, build: (_g, now) => ({ op: 'Gelu', inputs: [now], attributes: { approximate } }) };
  }
  return undefined;
}

/** The factors of a product that is halved by a division, the 2 in place of the half. */
function halved(node: Node): (readonly [Value, Value, Value])[] {
  if (node.op !== 'Div' || !isNumber(node.inputs[1], 2)) return [];
  return eitherWay(node.inputs[0]!, 'Mul').map(([x, bend]) => [x, node.inputs[1]!, bend] as const);
}

function approximationOf(bent: Value, x: Value): 'none' | 'tanh' | undefined {
  if (scaledBy(under(bent, 'Erf'), Math.SQRT1_2) === x) return 'none';
  const inner = under(bent, 'Tanh');
  return inner && isTanhArgument(inner, x) ? 'tanh' : undefined;
}

function isTanhArgument(inner: Value, x: Value): boolean {
  const sum = besides(inner, 'Mul', SCALE);
  if (eitherWay(sum, 'Add').some(([a, b]) => a === x && isPower(besides(b, 'Mul', CUBIC), x, 3))) return true;
  return threeFactors(inner).some(
    ([a, scale, rest]) =>
      a === x && isNumber(scale, SCALE) && isPower(besides(besides(rest, 'Add', 1), 'Mul', CUBIC), x, 2),
  );
}
