/** Matrix products and normalizations. */
import { broadcastShapes, sizeOf } from '@regional-saliency/core';
import { type Kernel, numberOf, single } from './kernel';
import { broadcastPositions, filled, type Values } from './values';

/** numpy's matmul: vectors are matrices of one row or column, which is dropped again; leading axes broadcast. */
const MatMul: Kernel = single(([a, b]) => {
  const left = a!.shape.length === 1 ? [1, ...a!.shape] : a!.shape;
  const right = b!.shape.length === 1 ? [...b!.shape, 1] : b!.shape;
  const [rows, inner] = left.slice(-2) as [number, number];
  const columns = right.at(-1)!;
  const outer = broadcastShapes(left.slice(0, -2), right.slice(0, -2)) as number[];
  const leftMatrix = broadcastPositions(left.slice(0, -2), outer);
  const rightMatrix = broadcastPositions(right.slice(0, -2), outer);
  const product = filled([...outer, rows, columns], (at) => {
    const matrix = Math.floor(at / (rows * columns));
    const row = Math.floor(at / columns) % rows;
    const column = at % columns;
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const x = a!.data[(leftMatrix[matrix]! * rows + row) * inner + k]!;
      sum += x * b!.data[(rightMatrix[matrix]! * inner + k) * columns + column]!;
    }
    return sum;
  });
  const shape = [...outer];
  if (a!.shape.length > 1) shape.push(rows);
  if (b!.shape.length > 1) shape.push(columns);
  return { ...product, shape };
});

const Gemm: Kernel = single(([a, b, c], node) => {
  const read = (x: Values, transposed: boolean) => (row: number, column: number) =>
    x.data[transposed ? column * x.shape[1]! + row : row * x.shape[1]! + column]!;
  const transA = numberOf(node, 'transA') === 1;
  const transB = numberOf(node, 'transB') === 1;
  const [left, right] = [read(a!, transA), read(b!, transB)];
  const [rows, inner] = transA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
  const columns = b!.shape[transB ? 0 : 1]!;
  const bias = c && broadcastPositions(c.shape, [rows, columns]);
  return filled([rows, columns], (at) => {
    const row = Math.floor(at / columns);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += left(row, k) * right(k, at % columns);
    return numberOf(node, 'alpha') * sum + (bias ? numberOf(node, 'beta') * c.data[bias[at]!]! : 0);
  });
});

const BatchNormalization: Kernel = single(([x, scale, shift, mean, variance], node) => {
  const area = sizeOf(x!.shape.slice(2));
  const epsilon = numberOf(node, 'epsilon');
  return filled(x!.shape, (at) => {
    const c = Math.floor(at / area) % x!.shape[1]!;
    const normal = (x!.data[at]! - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
    return normal * scale!.data[c]! + shift!.data[c]!;
  });
});

const LayerNormalization: Kernel = single(([x, scale, bias], node) => {
  const size = sizeOf(x!.shape.slice(numberOf(node, 'axis')));
  const statistics = Array.from({ length: x!.data.length / size }, (_, row) => {
    const items = x!.data.subarray(row * size, (row + 1) * size);
    const mean = items.reduce((a, b) => a + b, 0) / size;
    const variance = items.reduce((sum, item) => sum + (item - mean) ** 2, 0) / size;
    return { mean, deviation: Math.sqrt(variance + numberOf(node, 'epsilon')) };
  });
  const factor = broadcastPositions(scale!.shape, x!.shape);
  const shift = bias && broadcastPositions(bias.shape, x!.shape);
  return filled(x!.shape, (at) => {
    const { mean, deviation } = statistics[Math.floor(at / size)]!;
    const scaled = ((x!.data[at]! - mean) / deviation) * scale!.data[factor[at]!]!;
    return shift ? scaled + bias!.data[shift[at]!]! : scaled;
  });
});

export const matrix: Record<string, Kernel> = { MatMul, Gemm, BatchNormalization, LayerNormalization };
