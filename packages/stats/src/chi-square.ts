/**
 * The upper tail of the chi-square distribution with a whole number of degrees of freedom.
 *
 * It is then a finite sum of positive terms: P(X > x) = Σ yʲ e⁻ʸ / Γ(j + 1) with y = x/2 over j = df/2 − 1,
 * df/2 − 2, … ≥ 0, and for odd df P(Z² > x) of a standard normal Z besides: Abramowitz and Stegun 1964, 26.4.4 and
 * 26.4.5. @stdlib's gammainc 0.3.1 is off by 2 % at a = 1000.
 */
import erfc from '@stdlib/math-base-special-erfc';
import gammaln from '@stdlib/math-base-special-gammaln';

/** P(X > x) for x ≥ 0 and `df` = 1, 2, 3, … */
export function chiSquareUpper(x: number, df: number): number {
  const y = x / 2;
  const odd = df % 2 === 1;
  if (y === 0) return 1;
  const last = df / 2 - 1;
  const first = odd ? 0.5 : 0;
  let sum = 0;
  if (last >= first) {
    // From the largest term to both sides, so that nothing underflows which counts.
    const top = first + Math.max(0, Math.min(last - first, Math.floor(y - first)));
    const largest = Math.exp(top * Math.log(y) - y - gammaln(top + 1));
    sum = largest;
    let term = largest;
    for (let j = top; j > first; j--) sum += term *= j / y;
    term = largest;
    for (let j = top + 1; j <= last; j++) sum += term *= y / j;
  }
  return Math.min(1, odd ? sum + erfc(Math.sqrt(y)) : sum);
}
