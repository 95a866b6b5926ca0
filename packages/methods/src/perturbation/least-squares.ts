/** Weighted least squares with few unknowns, by its normal equations. */

/** The rows of a linear model, y ≈ row · x, and what each counts. */
export interface Rows {
  readonly rows: readonly ArrayLike<number>[];
  readonly y: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/**
 * The x that makes Σ weight (y - row · x)² + ridge |x|² smallest.
 *
 * @returns undefined where the rows leave some of x open
 */
export function leastSquares({ rows, y, weights }: Rows, ridge = 0): Float64Array | undefined {
  const unknowns = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: unknowns }, () => new Float64Array(unknowns));
  const right = new Float64Array(unknowns);
  for (const [index, row] of rows.entries()) {
    for (let i = 0; i < unknowns; i++) {
      const weighed = weights[index]! * row[i]!;
      if (weighed === 0) continue;
      right[i]! += weighed * y[index]!;
      for (let j = 0; j <= i; j++) matrix[i]![j]! += weighed * row[j]!;
    }
  }
  for (let i = 0; i < unknowns; i++) matrix[i]![i]! += ridge;
  return solveSymmetric(matrix, right);
}

/** By Cholesky's factorisation, in place; only the lower triangle is read. */
function solveSymmetric(matrix: readonly Float64Array[], right: Float64Array): Float64Array | undefined {
  for (const [i, row] of matrix.entries()) {
    const diagonal = row[i]!;
    for (let j = 0; j <= i; j++) {
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= row[k]! * matrix[j]![k]!;
      if (j < i) row[j] = rest / matrix[j]![j]!;
      // What rounding leaves of a pivot that is 0 is small beside what it was.
      else if (!(rest > 1e-12 * diagonal)) return undefined;
      else row[i] = Math.sqrt(rest);
    }
    let rest = right[i]!;
    for (let k = 0; k < i; k++) rest -= row[k]! * right[k]!;
    right[i] = rest / row[i]!;
  }
  for (let i = matrix.length - 1; i >= 0; i--) {
    let rest = right[i]!;
    for (let k = i + 1; k < matrix.length; k++) rest -= matrix[k]![i]! * right[k]!;
    right[i] = rest / matrix[i]![i]!;
  }
  return right;
}
