/**
 * Dimensions: an integer, or a multiple of the batch size N that is known only when a program runs.
 *
 * Height, width and channels are fixed when a model is imported; the batch may stay open. Keeping `k·N` and nothing
 * more general is what lets every shape-computing subgraph of an exporter be folded away.
 */
import { SaliencyError } from './errors';

/** `{ batch: 2 }` is 2·N. */
export interface BatchMultiple {
  readonly batch: number;
}

export type Dim = number | BatchMultiple;

/** The batch dimension N itself. */
export const N: Dim = { batch: 1 };

/** Whether a dimension is a multiple of the batch N. */
export function isBatch(dim: Dim): dim is BatchMultiple {
  return typeof dim !== 'number';
}

/** Whether two dimensions are equal, whatever N is. */
export function sameDim(a: Dim, b: Dim): boolean {
  return isBatch(a) ? isBatch(b) && a.batch === b.batch : a === b;
}

/** Whether two shapes are equal, whatever N is. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => sameDim(dim, b[axis]!));
}

/** The product of dimensions; at most one of them may depend on the batch. */
export function productOf(dims: readonly Dim[]): Dim {
  let factor = 1;
  let batch = false;
  for (const dim of dims) {
    if (isBatch(dim)) {
      if (batch)
        throw new SaliencyError('unsupported', 'a dimension would depend on the square of the batch size');
      batch = true;
      factor *= dim.batch;
    } else factor *= dim;
  }
  return batch && factor !== 0 ? { batch: factor } : factor;
}

/** The exact quotient, or undefined where there is none (N does not divide 6, 4 does not divide 6). */
export function quotientOf(a: Dim, b: Dim): Dim | undefined {
  if (isBatch(a)) {
    const factor = isBatch(b) ? a.batch / b.batch : a.batch / b;
    if (!Number.isInteger(factor)) return undefined;
    return isBatch(b) ? factor : { batch: factor };
  }
  if (isBatch(b)) return a === 0 ? 0 : undefined;
  return Number.isInteger(a / b) ? a / b : undefined;
}

/** The value of a dimension once the batch size is known. */
export function sizeAt(dim: Dim, batch: number): number {
  return isBatch(dim) ? dim.batch * batch : dim;
}

/** A shape once the batch size is known. */
export function shapeAt(shape: readonly Dim[], batch: number): number[] {
  return shape.map((dim) => sizeAt(dim, batch));
}

/** A dimension as messages show it: `224`, `N`, `2N`. */
export function showDim(dim: Dim): string {
  if (!isBatch(dim)) return String(dim);
  return dim.batch === 1 ? 'N' : `${dim.batch}N`;
}

/** A shape as messages show it: `[N, 3, 224, 224]`. */
export function showShape(shape: readonly Dim[]): string {
  return `[${shape.map(showDim).join(', ')}]`;
}

/** The integer that a dimension must be here; `what` names it in the error. */
export function fixedSize(dim: Dim, what: string): number {
  if (isBatch(dim))
    throw new SaliencyError('unsupported', `${what} must be fixed, but it depends on the batch size`);
  return dim;
}

/**
 * The shape of an elementwise operator's result (ONNX multidirectional broadcasting).
 *
 * @throws SaliencyError `bad-input` where two dimensions neither agree nor are 1
 */
export function broadcastShapes(...shapes: (readonly Dim[])[]): Dim[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = axis + rank - shape.length;
      const dim = shape[axis]!;
      if (dim === 1) continue;
      if (result[at] === 1) result[at] = dim;
      else if (!sameDim(result[at]!, dim)) {
        throw new SaliencyError(
          'bad-input',
          `shapes ${shapes.map(showShape).join(' and ')} can't be broadcast`,
        );
      }
    }
  }
  return result;
}
