/** Swish (SiLU) in primitives: x · sigmoid(x), or x · sigmoid(αx). Ramachandran, Zoph and Le 2017, arXiv 1710.05941. */
import type { Node } from '../graph';
import type { Found } from './fuse';
import { eitherWay, numberOf, under } from './patterns';

export function swish(node: Node): Found | undefined {
  for (const [x, gate] of eitherWay(node.outputs[0], 'Mul')) {
    const inner = under(gate, 'Sigmoid');
    const [scaled] = eitherWay(inner, 'Mul').filter(([a, b]) => a === x && numberOf(b) !== undefined);
    const alpha = inner === x ? 1 : scaled && numberOf(scaled[1]);
    if (alpha !== undefined) {
      return { x, build: (_g, now) => ({ op: 'Swish', inputs: [now], attributes: { alpha } }) };
    }
  }
  return undefined;
}
