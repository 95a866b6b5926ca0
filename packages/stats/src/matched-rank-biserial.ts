/**
 * The matched-pairs rank-biserial correlation, the effect size of Wilcoxon's signed rank test.
 *
 * r = (W+ − W−) / (W+ + W−): the share of the rank sum in which A is above B, less the share in which it is below.
 * Differences of zero are left out. Missing values are errors: leave out the whole pair.
 *
 * The interval is Fisher's, tanh(artanh r ± z s), with the standard deviation s that r has where there is no effect,
 * ties included: close for small effects and too wide for large ones. Where all n differences have one sign it is
 * Wilson's for n successes of n: from (n − z²) / (n + z²) to 1.
 *
 * King and Minium 2003, Statistical Reasoning in Psychology and Education; Kerby 2014,
 * doi:10.2466/11.IT.3.1.
 */
import { normalQuantile } from './distributions';
import { confidence, type EffectOptions, type EffectResult } from './effect';
import { readPairs } from './paired-test';
import type { Sample } from './sample';
import { signedRanks } from './wilcoxon';

/**
 * @param a at least 2 values
 * @param b as many values, in the same order of images
 * @returns r in [−1, 1], positive where A is mostly above B
 * @throws SaliencyError `bad-input` for fewer values, groups of different sizes, NaN, where no pair differs, or a bad
 *   level
 */
export function matchedRankBiserial(a: Sample, b: Sample, options: EffectOptions = {}): EffectResult {
  const level = confidence(options.level);
  const [x, y] = readPairs(a, b, 2);
  const differences = x.map((value, i) => value - y[i]!);
  const { positive, negative, count, variance } = signedRanks(differences, 'wilcox');
  const value = (positive - negative) / (positive + negative);
  const z = -normalQuantile((1 - level) / 2);
  const result = (low: number, high: number) => ({
    effect: 'matched-rank-biserial',
    value,
    interval: { low, high, level },
  });
  if (Math.abs(value) === 1) {
    const bound = (count - z * z) / (count + z * z);
    return value > 0 ? result(bound, 1) : result(-1, -bound);
  }
  const width = (z * 2 * Math.sqrt(variance)) / (positive + negative);
  return result(Math.tanh(Math.atanh(value) - width), Math.tanh(Math.atanh(value) + width));
}
