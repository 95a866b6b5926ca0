/**
 * Upsampling of a map to the input's size as two matrix products with constant matrices: exact, differentiable and the
 * same on every backend.
 *
 * Pixel centres are at half-integers and the border is repeated, as in PyTorch's interpolate with align_corners=False.
 * `nearest` takes the sample at floor(target · from / to), as PyTorch's does, which rounds that quotient in float32.
 */
import { type Builder, fixedSize, type Value } from '@regional-saliency/core';

export type Interpolation = 'bilinear' | 'bicubic' | 'nearest';

/** @param map [N, C, h, w] @returns [N, C, height, width] */
export function upsample(g: Builder, map: Value, height: number, width: number, kind: Interpolation): Value {
  return enlarged(g, map, height, width, (from, to) => interpolationMatrix(from, to, kind));
}

/** Bilinear, the first and the last sample where they are in the map, as in PyTorch with align_corners=True. */
export function upsampleAligned(g: Builder, map: Value, height: number, width: number): Value {
  return enlarged(g, map, height, width, alignedMatrix);
}

function enlarged(
  g: Builder,
  map: Value,
  height: number,
  width: number,
  matrixOf: (from: number, to: number) => Float32Array,
): Value {
  const h = fixedSize(map.shape[2]!, 'the height of a map');
  const w = fixedSize(map.shape[3]!, 'the width of a map');
  const rows = g.constant(matrixOf(h, height), [height, h]);
  const columns = g.constant(transposed(matrixOf(w, width), width, w), [w, width]);
  return g.matMul(g.matMul(rows, map), columns);
}

/** Row-major [to, from]: how much each source sample counts for each target sample. Rows sum to 1. */
export function interpolationMatrix(from: number, to: number, kind: Interpolation): Float32Array {
  const matrix = new Float32Array(to * from);
  if (kind === 'nearest') {
    for (let target = 0; target < to; target++) matrix[target * from + Math.floor((target * from) / to)] = 1;
    return matrix;
  }
  const weights = kind === 'bilinear' ? linearWeights : cubicWeights;
  for (let target = 0; target < to; target++) {
    let place = ((target + 0.5) * from) / to - 0.5;
    if (kind === 'bilinear') place = Math.max(place, 0);
    const base = Math.floor(place);
    for (const [offset, weight] of weights(place - base)) {
      const source = Math.min(Math.max(base + offset, 0), from - 1);
      matrix[target * from + source] = matrix[target * from + source]! + weight;
    }
  }
  return matrix;
}

function alignedMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let target = 0; target < to; target++) {
    const place = to === 1 ? 0 : (target * (from - 1)) / (to - 1);
    const base = Math.min(Math.floor(place), Math.max(from - 2, 0));
    for (const [offset, weight] of linearWeights(place - base)) {
      if (weight !== 0) matrix[target * from + base + offset] = weight;
    }
  }
  return matrix;
}

const linearWeights = (t: number): [number, number][] => [
  [0, 1 - t],
  [1, t],
];

/** Keys 1981 (doi 10.1109/TASSP.1981.1163711) with a = -0.75, as PyTorch and OpenCV have it. */
function cubicWeights(t: number): [number, number][] {
  const a = -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [
    [-1, far(t + 1)],
    [0, near(t)],
    [1, near(1 - t)],
    [2, far(2 - t)],
  ];
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!);
}
