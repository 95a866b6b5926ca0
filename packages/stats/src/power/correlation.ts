/**
 * Power of the tests that a correlation is zero.
 *
 * The effect is the true correlation. All three take the t-test of r with n − 2 degrees of freedom, as SciPy's
 * `pearsonr` and `spearmanr` do.
 *
 * - `pearsonPower` is exact where both measurements are normal together: Hotelling's density of r, integrated over
 *   atanh r. Hotelling 1953, doi:10.1111/j.2517-6161.1953.tb00135.x.
 * - `spearmanPower` takes atanh of the rank correlation as normal about that of the true one, with variance
 *   (1 + ρ²/2) / (n − 3): Bonett and Wright 2000, doi:10.1007/BF02294183. An approximation; it assumes few ties. For fewer
 *   than ten images, of which `spearman` counts all orders instead, it says too much: 46 % of r 0.8 with 6, where a third are found.
 * - `fisherZPower` is what pingouin's `power_corr` and R's `pwr.r.test` compute, for either correlation: Fisher's z with
 *   its bias removed to first order and variance 1/(n − 3): Cohen 1988, chapter 3. An approximation.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import { normalUpper } from '../distributions';
import { integrate } from '../quadrature';
import { analysis, type PowerAnalysis } from './analysis';
import { criticalT } from './noncentral-tail';

export const pearsonPower: PowerAnalysis<number> = analysis({
  name: "the test of Pearson's correlation",
  groups: 1,
  least: 3,
  limit: 1,
  upwards: (rho, [n], level) =>
    Math.abs(rho) === 1 ? Number(rho > 0) : zUpper(criticalZ(n!, level), rho, n!),
});

export const spearmanPower: PowerAnalysis<number> = analysis({
  name: "the test of Spearman's correlation",
  groups: 1,
  least: 4,
  limit: 1,
  upwards: (rho, [n], level) => {
    const deviation = Math.sqrt((1 + rho ** 2 / 2) / (n! - 3));
    return normalUpper((criticalZ(n!, level) - Math.atanh(rho)) / deviation);
  },
});

export const fisherZPower: PowerAnalysis<number> = analysis({
  name: "the test of a correlation by Fisher's z",
  groups: 1,
  least: 5,
  limit: 1,
  upwards: (rho, [n], level) => {
    const z = Math.atanh(rho) + rho / (2 * (n! - 1));
    return normalUpper((criticalZ(n!, level) - z) * Math.sqrt(n! - 3));
  },
});

/** atanh of the r whose t is exceeded with chance `level` where the true correlation is zero. */
function criticalZ(n: number, level: number): number {
  // With t = √(n − 2) sinh z, r is tanh z.
  return Math.asinh(criticalT(n - 2, level) / Math.sqrt(n - 2));
}

/**
 * P(atanh r > from) of n pairs with true correlation ρ.
 *
 * In z = atanh r and ζ = atanh ρ, Hotelling's density becomes
 * (n − 2)/√(2π) Γ(n − 1)/Γ(n − ½) √(cosh z / cosh ζ) cosh(z − ζ)^(3/2 − n) F(½, ½; n − ½; (1 + ρr)/2), of positive
 * factors only.
 */
function zUpper(from: number, rho: number, n: number): number {
  const zeta = Math.atanh(rho);
  const scale = ((n - 2) / Math.sqrt(2 * Math.PI)) * gammaRatio(n - 1);
  const density = (z: number) =>
    scale *
    Math.exp((logCosh(z) - logCosh(zeta)) / 2 - (n - 1.5) * logCosh(z - zeta)) *
    hypergeometric(n - 0.5, (1 + rho * Math.tanh(z)) / 2);
  // About ζ the density is as wide as a normal one of variance 1/n; far from it, it falls by e^(n − 2) a unit.
  const width = 1 / Math.sqrt(n - 1);
  const reach = 9 * width + 38 / (n - 2);
  return integrate(density, Math.max(from, zeta - reach), Math.max(from, zeta + reach), width / 2);
}

const logCosh = (x: number) => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))) - Math.LN2;

/** F(½, ½; c; x) for c > 1 and 0 ≤ x ≤ 1, by its series. */
function hypergeometric(c: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 0; term > Number.EPSILON * 0.01 * sum; k++) {
    term *= ((k + 0.5) ** 2 / ((c + k) * (k + 1))) * x;
    sum += term;
  }
  return sum;
}

/** Γ(x) / Γ(x + ½), by its series in 1/x where the difference of logarithms would lose digits. */
function gammaRatio(x: number): number {
  if (x < 40) return Math.exp(gammaln(x) - gammaln(x + 0.5));
  const y = 1 / x;
  return (
    Math.sqrt(y) *
    (1 +
      y *
        (1 / 8 +
          y * (1 / 128 + y * (-5 / 1024 + y * (-21 / 32768 + y * (399 / 262144 + (y * 869) / 4194304))))))
  );
}
