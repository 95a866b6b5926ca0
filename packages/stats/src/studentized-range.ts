/**
 * The studentized range: Q is the range of k independent standard normal values over S, where νS² is chi-square with
 * ν degrees of freedom. Its upper tail gives the p-values of Tukey's and of Games and Howell's comparisons.
 *
 * The largest of the values being z, the range is above w where not all others lie in (z − w, z):
 * P(R > w) = k ∫ φ(z) (Φ(z)^(k−1) − (Φ(z) − Φ(z − w))^(k−1)) dz, and P(Q > q) is its mean over S. The difference of
 * powers is written as Φ(z − w) times a sum of positive terms, so that a p of 1e-250 keeps its digits. The usual
 * form (Lund and Lund 1983, doi:10.2307/2347300, as in SciPy) integrates the lower tail, and a small p is what it leaves
 * of one.
 *
 * Both integrands are smooth and fall off like a normal density, where the trapezoidal rule converges geometrically
 * (Trefethen and Weideman 2014, doi:10.1137/130932132): no adaptive quadrature is needed.
 */
import { normalUpper } from './distributions';

/** What is below this part of a sum no longer changes it. */
const NEGLIGIBLE = 1e-18;

/** P(R > w) for the range R of k ≥ 2 standard normal values; w ≥ 0. */
export function rangeUpper(w: number, k: number): number {
  // φ(z) Φ(z − w) is largest near w/2 and falls off to both sides at least as e^(−d²).
  const step = 0.125;
  const middle = w / 2;
  let sum = 0;
  for (let d = -8; d <= 9; d += step) {
    const z = middle + d;
    const outside = normalUpper(w - z);
    const below = normalUpper(-z);
    const inside = Math.max(0, below - outside);
    // Φ^(k−2) + Φ^(k−3) inside + … + inside^(k−2), by Horner's rule.
    let powers = 1;
    let power = 1;
    for (let i = 1; i <= k - 2; i++) {
      power *= inside;
      powers = powers * below + power;
    }
    sum += Math.exp((-z * z) / 2) * outside * powers;
  }
  return Math.min(1, (k * step * sum) / Math.sqrt(2 * Math.PI));
}

/**
 * P(Q > q) for k ≥ 2 values and ν ≥ 1 degrees of freedom, not necessarily an integer; relative error about 1e-12.
 *
 * The integral over S = eᵘ is taken on a grid of u. The density of S is divided by its own sum on the same grid rather
 * than by a Gamma function, which has few digits left where ν is large.
 */
export function studentizedRangeUpper(q: number, k: number, df: number): number {
  if (q <= 0) return 1;
  // In u, both the density and its product with the tail curve by 2ν about their peaks. The density peaks at u = 0;
  // the product before it, but not before the peak of s^ν exp(−s²(ν/2 + q²/4)), since the tail falls as e^(−w²/4).
  const step = Math.min(0.1, 0.5 / Math.sqrt(2 * df));
  const first = Math.floor((0.5 * Math.log(df / (df + (q * q) / 2))) / step);
  let density = 0;
  let tail = 0;
  /** Adds the terms of one place; whether either still counts. */
  const add = (index: number): boolean => {
    const u = index * step;
    const here = Math.exp(df * (u - Math.expm1(2 * u) / 2));
    const product = here * rangeUpper(q * Math.exp(u), k);
    density += here;
    tail += product;
    return here > NEGLIGIBLE * density || product > NEGLIGIBLE * tail;
  };
  for (let index = first; index <= 0; index++) add(index);
  for (let index = 1; add(index); index++);
  for (let index = first - 1; add(index); index--);
  return Math.min(1, tail / density);
}
