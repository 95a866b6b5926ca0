/**
 * The first principal component of a layer's channels, place by place, by power iteration in the graph.
 *
 * Each place is a vector of channels; less their mean over places, they are projected onto the direction in which they
 * vary most. That direction is the dominant eigenvector of a Gram matrix, of channels or of places, whichever is
 * smaller (their non-zero eigenvalues are the same). Squaring the matrix k times takes 2^k steps of the power iteration
 * in k products: after them the second component counts (λ₂/λ₁)^(2^k) beside the first.
 *
 * Sign: an eigenvector has none. The map is turned so that its value of largest magnitude is positive (Chung, Ying
 * 2025, "Seg-Eigen-CAM", doi 10.3390/app15137562, equation 13).
 */
import { type Builder, fixedSize, type Value } from '@regional-saliency/core';

/** 2^14 = 16384 steps: eigenvalues that differ by one part in a thousand are told apart to 8e-8. */
const SQUARINGS = 14;

/** @param x [N, channels, h, w] @returns [N, 1, h, w], its mean 0; zeros where nothing varies */
export function principalMap(g: Builder, x: Value): Value {
  const [batch, ...sizes] = x.shape;
  const [channels, height, width] = sizes.map((dim) => fixedSize(dim, 'the size of a layer')) as [
    number,
    number,
    number,
  ];
  const flat = g.reshape(x, [batch!, channels, height * width]);
  const centred = g.sub(flat, g.op('ReduceMean', [flat], { axes: [2], keepdims: 1 }));
  // Scaled to a largest entry of 1, so that no square under- or overflows.
  const largest = g.op('ReduceMax', [g.op('Abs', [centred])], { axes: [1, 2], keepdims: 1 });
  const scale = g.where(g.greater(largest, g.scalar(0)), largest, g.scalar(1));
  const rows = g.div(centred, scale);
  const places = g.swapLast(rows);
  const component =
    height * width <= channels
      ? byPlaces(g, rows, dominant(g, g.matMul(places, rows)))
      : g.matMul(places, dominant(g, g.matMul(rows, places)));
  const map = g.reshape(g.mul(component, scale), [batch!, 1, height, width]);
  return turned(g, map);
}

/** From the unit vector of places to the projection: it is as long as what the channels are along it. */
function byPlaces(g: Builder, rows: Value, vector: Value): Value {
  return g.mul(vector, lengthOf(g, g.matMul(rows, vector)));
}

/**
 * The dominant eigenvector of symmetric matrices without negative eigenvalues.
 *
 * The largest entry of such a matrix is on its diagonal. Scaled to 1, it leaves the square one of at least 1, so dividing
 * by the larger of it and 1 only spares a matrix of zeros its 0/0.
 *
 * @param gram [N, n, n] @returns [N, n, 1], of length 1, or 0 for a matrix of zeros
 */
function dominant(g: Builder, gram: Value): Value {
  const one = g.scalar(1);
  const scaled = (matrix: Value) =>
    g.div(matrix, g.op('Max', [g.op('ReduceMax', [matrix], { axes: [1, 2], keepdims: 1 }), one]));
  let power = scaled(gram);
  for (let step = 0; step < SQUARINGS; step++) power = scaled(g.matMul(power, power));
  // By now it is v·vᵀ but for a factor. Its column with the largest diagonal entry is v where v is not near 0.
  const size = gram.shape[1] as number;
  const index = Array.from({ length: size }, (_, at) => at);
  const down = g.constant(index, [size, 1], 'int64');
  const across = g.constant(index, [1, size], 'int64');
  const diagonal = g.reduceSum(g.mul(power, g.cast(g.op('Equal', [down, across]), power.dtype)), [2], false);
  const best = g.op('ArgMax', [diagonal], { axis: 1, keepdims: 1 });
  const chosen = g.cast(g.op('Equal', [across, best]), power.dtype);
  const column = g.matMul(power, g.reshape(chosen, [gram.shape[0]!, size, 1]));
  return g.div(column, g.op('Max', [lengthOf(g, column), one]));
}

function lengthOf(g: Builder, vector: Value): Value {
  return g.op('Sqrt', [g.reduceSum(g.mul(vector, vector), [1])]);
}

function turned(g: Builder, map: Value): Value {
  const each = { axes: [1, 2, 3], keepdims: 1 };
  const balance = g.add(g.op('ReduceMax', [map], each), g.op('ReduceMin', [map], each));
  return g.where(g.less(balance, g.scalar(0)), g.neg(map), map);
}
