/**
 * PRelu in primitives, as networks trained in TensorFlow have it: relu(x) + slope/2 · (x − |x|). Left so, LRP would take it for a
 * residual sum, and the difference would hand on twice what it is given. He et al. 2015, arXiv 1502.01852.
 */
import { broadcastShapes, sameShape } from '../dimension';
import type { Node, Value } from '../graph';
import type { Found } from './fuse';
import { eitherWay, under } from './patterns';

export function pRelu(node: Node): Found | undefined {
  for (const [above, below] of eitherWay(node.outputs[0], 'Add')) {
    const x = under(above, 'Relu');
    const [half] = eitherWay(below, 'Mul').filter(([each]) => x && isTwiceNegative(each, x));
    const parameter = half?.[1];
    const { constant } = parameter ?? {};
    if (!x || !constant || constant.dtype !== 'float32') continue;
    if (!sameShape(broadcastShapes(x.shape, constant.shape), x.shape)) continue;
    const read = () => (constant.read() as Float32Array).map((value) => 2 * value);
    const slope = { dtype: constant.dtype, shape: constant.shape, read };
    return { x, build: (g, now) => ({ op: 'PRelu', inputs: [now, g.constantOf(slope)], attributes: {} }) };
  }
  return undefined;
}

/** x − |x| */
function isTwiceNegative({ node }: Value, x: Value): boolean {
  return node?.op === 'Sub' && node.inputs[0] === x && under(node.inputs[1], 'Abs') === x;
}
