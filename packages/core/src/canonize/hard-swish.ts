/** HardSwish in primitives: x · relu6(x + 3) / 6, or x · hardsigmoid(x). Howard et al. 2019, arXiv 1905.02244. */
import type { Node, Value } from '../graph';
import type { Found } from './fuse';
import { besides, eitherWay, scaledBy, under } from './patterns';

export function hardSwish(node: Node): Found | undefined {
  const y = node.outputs[0]!;
  // The sixth is taken of the gate, or of the product.
  const [, x] =
    eitherWay(y, 'Mul').find(([gate, x]) => isHardSigmoid(gate, x) || isClipped(scaledBy(gate, 1 / 6), x)) ??
    eitherWay(scaledBy(y, 1 / 6), 'Mul').find(([gate, x]) => isClipped(gate, x)) ??
    [];
  return x && { x, build: (_g, now) => ({ op: 'HardSwish', inputs: [now], attributes: {} }) };
}

/** min(max(x + 3, 0), 6) */
function isClipped(value: Value | undefined, x: Value): boolean {
  const { min, max } = value?.node?.attributes ?? {};
  return min === 0 && max === 6 && besides(under(value, 'Clip'), 'Add', 3) === x;
}

/** The slope is written as 1/6 with as many digits as a float32 has. */
function isHardSigmoid(value: Value | undefined, x: Value): boolean {
  const { alpha, beta } = value?.node?.attributes ?? {};
  return under(value, 'HardSigmoid') === x && Math.abs((alpha as number) * 6 - 1) < 1e-6 && beta === 0.5;
}
