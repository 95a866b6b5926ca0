/**
 * The noncentral t distribution, for confidence intervals of standardized mean differences.
 *
 * T = (Z + δ) / S, where Z is standard normal and νS² is chi-square with ν degrees of freedom. So
 * P(T ≤ t) = ∫ Φ(ts − δ) f(s) ds over the density f of S. No kept JavaScript library has this distribution with
 * large δ; the integrand is smooth and never cancels, so quadrature gives it to about 1e-12 for every δ, where the
 * classical series (Lenth 1989, doi:10.2307/2347693) starts from exp(−δ²/2), which underflows at δ = 39. The tail of S
 * is integrated too: @stdlib's gammainc 0.3.1 is off by 2 % at a = 1000.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import { normalUpper } from './distributions';
import { integrate } from './quadrature';

/** Beyond this many standard deviations nothing is left of a tail in float64. */
const FAR = 8.5;

/** P(T ≤ t) for ν ≥ 1 degrees of freedom (an integer) and noncentrality δ; absolute error about 1e-12. */
export function noncentralTCdf(t: number, df: number, delta: number): number {
  if (t < 0) return 1 - noncentralTCdf(-t, df, -delta);
  if (t === 0) return normalUpper(delta);
  const { density, rise, top, last, width } = shape(t, df, delta);
  return (
    integrate((s) => normalUpper(delta - t * s) * density(s), rise, top, Math.min(width, 1 / t)) +
    integrate(density, top, last, width)
  );
}

/** P(T > t) for t > 0; what is below 1e-16 of it has no digits, but what is above is no difference from one. */
export function noncentralTUpper(t: number, df: number, delta: number): number {
  const { density, first, rise, top, width } = shape(t, df, delta);
  return (
    integrate(density, first, rise, width) +
    integrate((s) => normalUpper(t * s - delta) * density(s), rise, top, Math.min(width, 1 / t))
  );
}

/** The density of S, and the places between which P(T ≤ t | S) turns from nothing to certainty. */
function shape(t: number, df: number, delta: number) {
  // S is near 1, within a width of 1/√(2ν), with a longer tail to the right where ν is small.
  const width = 1 / Math.sqrt(2 * df);
  const first = Math.max(0, 1 - 1.3 * FAR * width);
  const last = 1 + 1.3 * FAR * width;
  const logScale = Math.LN2 + (df / 2) * Math.log(df / 2) - gammaln(df / 2);
  const density = (s: number) => Math.exp(logScale + (df - 1) * Math.log(s) - (df / 2) * s * s);
  // Φ(ts − δ) is 0 below `rise`, climbs on a scale of 1/t, and is 1 above `top`.
  const rise = clamp((delta - FAR) / t, first, last);
  const top = clamp((delta + FAR) / t, first, last);
  return { density, first, last, rise, top, width };
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}

/**
 * The noncentrality δ at which P(T ≤ t) is p.
 *
 * The probability falls as δ grows, so bisection can't miss; it ends at neighbouring float64 numbers.
 */
export function noncentrality(t: number, df: number, p: number): number {
  // Where df is large, δ is within a few of these of t.
  let reach = 4 * Math.sqrt(1 + (t * t) / (2 * df));
  let low = t - reach;
  let high = t + reach;
  while (noncentralTCdf(t, df, low) < p) low -= reach *= 2;
  while (noncentralTCdf(t, df, high) > p) high += reach *= 2;
  while (true) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (noncentralTCdf(t, df, middle) > p) low = middle;
    else high = middle;
  }
}
