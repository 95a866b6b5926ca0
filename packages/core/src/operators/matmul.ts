/** Matrix products: MatMul (batched, broadcasting) and Gemm. */
import { intOf } from '../attributes';
import { broadcastShapes, type Dim, sameDim, sameShape, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import { type Operator, required } from './operator';

export const MatMul: Operator = {
  infer: (inputs) => {
    const a = required(inputs, 0);
    const b = required(inputs, 1);
    const left: Dim[] = a.shape.length === 1 ? [1, a.shape[0]!] : [...a.shape];
    const right: Dim[] = b.shape.length === 1 ? [b.shape[0]!, 1] : [...b.shape];
    if (!sameDim(left.at(-1)!, right.at(-2)!)) {
      throw new SaliencyError(
        'bad-input',
        `${showShape(a.shape)} and ${showShape(b.shape)} can't be multiplied`,
      );
    }
    const shape: Dim[] = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
    if (a.shape.length > 1) shape.push(left.at(-2)!);
    if (b.shape.length > 1) shape.push(right.at(-1)!);
    return [{ dtype: a.dtype, shape }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [a, b] = node.inputs as [Value, Value];
    // Vectors are treated as matrices of one row or column.
    const left = a.shape.length === 1 ? g.reshape(a, [1, a.shape[0]!]) : a;
    const right = b.shape.length === 1 ? g.reshape(b, [b.shape[0]!, 1]) : b;
    const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
    const wide = g.reshape(r!, [...batch, left.shape.at(-2)!, right.shape.at(-1)!]);
    return [
      needs[0] ? g.reshape(g.sumTo(g.matMul(wide, g.swapLast(right)), left.shape), a.shape) : undefined,
      needs[1] ? g.reshape(g.sumTo(g.matMul(g.swapLast(left), wide), right.shape), b.shape) : undefined,
    ];
  },
};

/** alpha · A' · B' + beta · C, where ' transposes if `transA`, `transB` say so. */
export const Gemm: Operator = {
  normalize: (attributes) => ({
    alpha: intOf(attributes, 'alpha', 1),
    beta: intOf(attributes, 'beta', 1),
    transA: intOf(attributes, 'transA', 0),
    transB: intOf(attributes, 'transB', 0),
  }),
  infer: (inputs, attributes) => {
    const a = required(inputs, 0);
    const b = required(inputs, 1);
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw new SaliencyError(
        'bad-input',
        `Gemm takes matrices, not ${showShape(a.shape)} and ${showShape(b.shape)}`,
      );
    }
    const [rows, inner] = attributes.transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
    const [other, columns] = attributes.transB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
    if (!sameDim(inner, other)) {
      throw new SaliencyError(
        'bad-input',
        `${showShape(a.shape)} and ${showShape(b.shape)} can't be multiplied`,
      );
    }
    const c = inputs[2];
    if (c && !sameShape(broadcastShapes([rows, columns], c.shape), [rows, columns])) {
      throw new SaliencyError(
        'bad-input',
        `${showShape(c.shape)} can't be added to ${showShape([rows, columns])}`,
      );
    }
    return [{ dtype: a.dtype, shape: [rows, columns] }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [a, b, c] = node.inputs as [Value, Value, Value | undefined];
    const { alpha, beta, transA, transB } = node.attributes as Record<string, number>;
    const gemm = (x: Value, y: Value, tx: number, ty: number) =>
      g.op('Gemm', [x, y], { alpha: alpha!, transA: tx, transB: ty });
    return [
      needs[0] ? (transA ? gemm(b, r!, transB!, 1) : gemm(r!, b, 0, transB ? 0 : 1)) : undefined,
      needs[1] ? (transB ? gemm(r!, a, 1, transA!) : gemm(a, r!, transA ? 0 : 1, 0)) : undefined,
      needs[2] && c ? g.sumTo(g.mul(r!, g.scalar(beta!)), c.shape) : undefined,
    ];
  },
};
