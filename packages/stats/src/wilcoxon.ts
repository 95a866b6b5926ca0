/**
 * Wilcoxon's signed rank test of pairs.
 *
 * Null hypothesis: the differences within pairs, A − B, are symmetric about zero. Pairs are independent; nothing else
 * is assumed about the differences, but that their sizes can be ordered. Differences are ranked by size, ties sharing
 * the mean of their ranks, and W+ sums the ranks of the positive ones. Differences of zero are left out, or ranked and
 * then left out, or ranked and split. Two differences tie where they are the same float64: round scores that carry
 * rounding of their own (0.3 − 0.2 is not 0.2 − 0.1). Missing values are errors: leave out the whole pair.
 *
 * Wilcoxon 1945, doi:10.2307/3001968. Zeros: Pratt 1959, doi:10.1080/01621459.1959.10501526; the variance with them:
 * Cureton 1967, doi:10.1080/01621459.1967.10500917.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Alternative, normalUpper, symmetricP, unknownAlternative } from './distributions';
import { type PairedOptions, type PairedResult, readPairs } from './paired-test';
import { midRanks } from './ranks';
import type { Sample } from './sample';

export interface WilcoxonOptions extends PairedOptions {
  /**
   * `wilcox` leaves differences of zero out; `pratt` ranks them with the others, then leaves them out; `zsplit` ranks
   * them and gives half of their ranks to each sign. Default 'wilcox'.
   */
  zeros?: 'wilcox' | 'pratt' | 'zsplit';
  /**
   * - `exact`: the distribution of W+ over ranks without ties; with ties or zeros the next whole W+ that gives the
   *   larger p, as SciPy does, which errs on the side of caution.
   * - `signs`: all 2ⁿ signs of the ranks that were found, ties and zeros included: exact given these.
   * - `asymptotic`: the normal approximation with tie correction.
   * - `auto`, the default, is SciPy's choice: above 50 pairs asymptotic; otherwise exact without ties and zeros,
   *   signs with them up to 13 pairs, asymptotic beyond.
   */
  method?: 'auto' | 'exact' | 'signs' | 'asymptotic';
  /** Whether the normal approximation moves W+ by one half towards its mean; default false, as in SciPy. */
  continuity?: boolean;
}

export interface WilcoxonDetails {
  method: 'exact' | 'signs' | 'asymptotic';
  /** The rank sum of the negative differences. SciPy's two-sided statistic is the smaller of the two sums. */
  negative: number;
  /** How many differences are zero. */
  zeros: number;
  /** Whether differences that are not zero have the same size. */
  ties: boolean;
  /** The standardized W+, where the normal approximation was taken. */
  z?: number;
}

/** 2⁻ⁿ of more pairs leaves the range of float64. */
const MOST_COUNTED = 1000;

/**
 * @param a at least 2 values
 * @param b as many values, in the same order of images
 * @returns W+, the rank sum of the pairs in which A is the larger
 * @throws SaliencyError `bad-input` for fewer values, groups of different sizes, NaN, where no pair differs, or for
 *   `exact` and `signs` with more than 1000 pairs
 */
export function wilcoxon(a: Sample, b: Sample, options: WilcoxonOptions = {}): PairedResult<WilcoxonDetails> {
  const { alternative = 'two-sided', zeros = 'wilcox', method = 'auto', continuity = false } = options;
  const [x, y] = readPairs(a, b, 2);
  const signed = signedRanks(
    x.map((value, i) => value - y[i]!),
    zeros,
  );
  const taken = method === 'auto' ? chosen(x.length, signed) : method;
  const { positive, negative } = signed;
  const about = { negative, zeros: signed.zeros, ties: signed.tieTerm > 0 };
  const result = (p: number, details: WilcoxonDetails) => ({
    test: 'wilcoxon',
    statistic: positive,
    p,
    details,
  });
  switch (taken) {
    case 'exact': {
      const untied = Array.from({ length: signed.count }, (_, i) => i + 1);
      return result(exactP(Math.ceil(positive), Math.floor(positive), untied, alternative), {
        method: taken,
        ...about,
      });
    }
    case 'signs': {
      // Half of the zeros' ranks goes to W+ whatever the signs are.
      const moving = positive - signed.halfOfZeros;
      return result(exactP(moving, moving, signed.ranks, alternative), { method: taken, ...about });
    }
    case 'asymptotic': {
      const z = standardized(signed, continuity, alternative);
      return result(symmetricP(z, alternative, normalUpper), { method: taken, ...about, z });
    }
    default:
      throw new SaliencyError(
        'unknown-name',
        `the Wilcoxon test has no method '${taken}': use 'auto', 'exact', 'signs' or 'asymptotic'`,
      );
  }
}

/** What the tests and the effect size take from the differences. */
export interface SignedRanks {
  /** W+ and W−; with `zsplit`, half of the zeros' ranks in each. */
  positive: number;
  negative: number;
  /** The ranks of the differences that are not zero. */
  ranks: number[];
  halfOfZeros: number;
  /** How many differences were ranked, zeros among them unless they are left out. */
  count: number;
  /** How many differences are zero, ranked or not. */
  zeros: number;
  /** The sum of t³ − t over t tied sizes, that of the zeros apart. */
  tieTerm: number;
  /** Mean and variance of W+ under the null hypothesis. */
  mean: number;
  variance: number;
}

/** @throws SaliencyError `bad-input` where all differences are zero */
export function signedRanks(
  differences: Float64Array,
  method: NonNullable<WilcoxonOptions['zeros']>,
): SignedRanks {
  if (method !== 'wilcox' && method !== 'pratt' && method !== 'zsplit') {
    throw new SaliencyError(
      'unknown-name',
      `there is no treatment of zeros '${method}': use 'wilcox', 'pratt' or 'zsplit'`,
    );
  }
  const present = differences.filter((value) => value !== 0);
  const zeros = differences.length - present.length;
  if (present.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `none of the ${zeros} pairs differs: the Wilcoxon test is undefined, leave this comparison out`,
    );
  }
  const { ranks: withoutZeros, tieTerm } = midRanks(present.map(Math.abs));
  // Zeros are the smallest, so that ranking them lifts all others by as many places.
  const ranked = method === 'wilcox' ? 0 : zeros;
  const ranks = Array.from(withoutZeros, (rank) => rank + ranked);
  const halfOfZeros = method === 'zsplit' ? (zeros * (zeros + 1)) / 4 : 0;
  let positive = halfOfZeros;
  let negative = halfOfZeros;
  ranks.forEach((rank, i) => {
    if (present[i]! > 0) positive += rank;
    else negative += rank;
  });

  // Sums of the ranks and of their squares; split zeros count as one more group of ties, others not at all.
  const count = present.length + ranked;
  const squares = (n: number) => (n * (n + 1) * (2 * n + 1)) / 24;
  let mean = (count * (count + 1)) / 4;
  let variance = squares(count) - tieTerm / 48;
  if (method === 'pratt') {
    mean -= (zeros * (zeros + 1)) / 4;
    variance -= squares(zeros);
  } else if (method === 'zsplit') {
    variance -= (zeros ** 3 - zeros) / 48;
  }
  return { positive, negative, ranks, halfOfZeros, count, zeros, tieTerm, mean, variance };
}

function chosen(pairs: number, { tieTerm, zeros }: SignedRanks): 'exact' | 'signs' | 'asymptotic' {
  if (pairs > 50) return 'asymptotic';
  if (tieTerm === 0 && zeros === 0) return 'exact';
  return pairs <= 13 ? 'signs' : 'asymptotic';
}

function standardized(
  { positive, mean, variance }: SignedRanks,
  continuity: boolean,
  alternative: Alternative,
): number {
  const distance = positive - mean;
  // The correction always raises p: it adds the probability of the observed W+ itself.
  const towards = alternative === 'two-sided' ? Math.sign(distance) : alternative === 'greater' ? 1 : -1;
  return (distance - (continuity ? 0.5 * towards : 0)) / Math.sqrt(variance);
}

/**
 * p from the sum over random signs of these ranks.
 *
 * @param below the sum that 'less' counts up to
 * @param above the sum that 'greater' counts from; sums are symmetric, so that this is the other tail's lower end
 */
function exactP(below: number, above: number, ranks: readonly number[], alternative: Alternative): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  switch (alternative) {
    case 'two-sided':
      return Math.min(1, 2 * atMost(Math.min(below, total - above), ranks));
    case 'less':
      return atMost(below, ranks);
    case 'greater':
      return atMost(total - above, ranks);
    default:
      throw unknownAlternative(alternative);
  }
}

/**
 * The chance that the ranks with a positive sign sum up to `sum` or less, each sign being as likely.
 *
 * One rank after the other is taken or left, so that only positive numbers are ever added: a tiny chance keeps its
 * digits. Ranks are multiples of one half.
 */
function atMost(sum: number, ranks: readonly number[]): number {
  if (ranks.length > MOST_COUNTED) {
    throw new SaliencyError(
      'bad-input',
      `${ranks.length} pairs are too many to count signs: take the asymptotic method, which is as good above ${MOST_COUNTED}`,
    );
  }
  const last = Math.round(2 * sum);
  if (last < 0) return 0;
  const chances = new Float64Array(last + 1);
  chances[0] = 1;
  for (const rank of ranks) {
    const step = 2 * rank;
    for (let k = last; k >= 0; k--) {
      chances[k] = (chances[k]! + (k >= step ? chances[k - step]! : 0)) / 2;
    }
  }
  return Math.min(
    1,
    chances.reduce((total, chance) => total + chance, 0),
  );
}
