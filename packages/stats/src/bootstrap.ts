/**
 * Bootstrap confidence intervals of any statistic of one or two samples.
 *
 * Values (or clusters of them: the images of a patient) are drawn again with replacement, as many as there are, and the
 * statistic is computed anew each time. Assumed: values, or clusters, are independent draws from their group's
 * distribution; nothing else. Intervals are approximate: with 10 values or fewer they hold the truth less often than they
 * say. Ties mean nothing to it; missing values are errors.
 *
 * - `percentile`: the quantiles of the statistic over the draws.
 * - `basic`: these, mirrored at the observed statistic.
 * - `bca`: the percentiles moved for bias and for a spread that changes with the truth; acceleration by the jackknife, of
 *   two samples as Efron and Tibshirani's influence values weigh them, as SciPy does.
 *
 * Efron 1987, doi:10.1080/01621459.1987.10478410. Percentile and basic: Davison and Hinkley 1997, Bootstrap Methods and
 * Their Application, chapter 5; clusters: section 3.8.
 */
import { SaliencyError } from '@regional-saliency/core';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { normalQuantile, normalUpper } from './distributions';
import { confidence } from './effect';
import { readPairs } from './paired-test';
import { readGroups, readSample, type Sample } from './sample';

export interface BootstrapOptions {
  /** Default 'bca'. */
  method?: 'bca' | 'percentile' | 'basic';
  /** Confidence of the interval, in (0, 1); default 0.95. */
  level?: number;
  /** How many draws, from 100 to 10⁶; default 9999. */
  resamples?: number;
  /** A whole number; default 0. */
  seed?: number;
  /** Which cluster each value of the first sample is from: a patient's name, say. Clusters are then drawn whole. */
  clusters?: readonly (string | number)[];
  /** The same of the second sample, where there are two groups; no cluster may be in both. */
  clustersB?: readonly (string | number)[];
}

/** A plain object, ready for JSON. */
export interface BootstrapResult {
  /** The statistic of the samples as they are. */
  value: number;
  interval: { low: number; high: number; level: number };
  /** The standard deviation over the draws. */
  standardError: number;
  details: {
    method: 'bca' | 'percentile' | 'basic';
    resamples: number;
    /** The z of the share of draws below the observed statistic, and the jackknife's acceleration; of `bca` only. */
    bias?: number;
    acceleration?: number;
  };
}

/** The arrays are the statistic's own until it returns. */
export type OneSampleStatistic = (values: Float64Array) => number;
export type TwoSampleStatistic = (a: Float64Array, b: Float64Array) => number;

/**
 * A draw equals the observed statistic if they differ by at most this part of the largest draw: the same values in another
 * order, say, whose sums round differently. Equal draws count half.
 */
const TIE = 1e-12;

/**
 * One sample.
 *
 * @param sample at least 2 values
 * @throws SaliencyError `bad-input` for fewer values, NaN, a statistic that isn't finite for the sample or for a draw, a bad
 *   level, count or seed, clusters that are too few or not one a value, or where BCa has no draw on one side
 */
export function bootstrap(
  sample: Sample,
  statistic: OneSampleStatistic,
  options: BootstrapOptions = {},
): BootstrapResult {
  const values = readSample(sample, 'the sample', 2);
  const units = unitsOf(values.length, options.clusters, 'the sample');
  return intervals([{ columns: [values], units }], ([only]) => statistic(only!), options);
}

/**
 * Two independent groups, each drawn by itself.
 *
 * @throws SaliencyError `bad-input` as `bootstrap` does, and for a cluster with values in both groups
 */
export function bootstrapGroups(
  a: Sample,
  b: Sample,
  statistic: TwoSampleStatistic,
  options: BootstrapOptions = {},
): BootstrapResult {
  const [x, y] = readGroups(a, b, 2);
  const ofB = new Set(options.clustersB);
  const shared = options.clusters?.find((id) => ofB.has(id));
  if (shared !== undefined) {
    throw new SaliencyError(
      'bad-input',
      `cluster ${JSON.stringify(shared)} is in both groups: groups are drawn apart, so give pairs or differences instead`,
    );
  }
  const strata = [
    { columns: [x], units: unitsOf(x.length, options.clusters, 'group A') },
    { columns: [y], units: unitsOf(y.length, options.clustersB, 'group B') },
  ];
  return intervals(strata, ([first, second]) => statistic(first!, second!), options);
}

/**
 * Two measurements of the same images, drawn together: a correlation, a mean difference.
 *
 * @throws SaliencyError `bad-input` as `bootstrap` does, and for samples of different sizes
 */
export function bootstrapPairs(
  a: Sample,
  b: Sample,
  statistic: TwoSampleStatistic,
  options: Omit<BootstrapOptions, 'clustersB'> = {},
): BootstrapResult {
  const [x, y] = readPairs(a, b, 2);
  const units = unitsOf(x.length, options.clusters, 'the pairs');
  return intervals([{ columns: [x, y], units }], ([first, second]) => statistic(first!, second!), options);
}

/** Values that are drawn together: columns side by side, in units that are drawn whole. */
interface Stratum {
  columns: Float64Array[];
  /** Indices of each unit's values. */
  units: readonly (readonly number[])[];
}

function unitsOf(
  count: number,
  clusters: BootstrapOptions['clusters'],
  name: string,
): readonly (readonly number[])[] {
  if (!clusters) return Array.from({ length: count }, (_, index) => [index]);
  if (clusters.length !== count) {
    throw new SaliencyError(
      'bad-input',
      `${name} has ${count} values but ${clusters.length} clusters: name the cluster of every value`,
    );
  }
  const members = new Map<string | number, number[]>();
  clusters.forEach((id, index) => {
    const known = members.get(id);
    if (known) known.push(index);
    else members.set(id, [index]);
  });
  if (members.size < 2) {
    throw new SaliencyError(
      'bad-input',
      `all values of ${name} are in one cluster: drawing clusters again needs at least 2`,
    );
  }
  return [...members.values()];
}

/** The values of some units, one column after the other. */
function gather({ columns, units }: Stratum, chosen: ArrayLike<number>): Float64Array[] {
  let count = 0;
  for (let i = 0; i < chosen.length; i++) count += units[chosen[i]!]!.length;
  return columns.map((column) => {
    const values = new Float64Array(count);
    let next = 0;
    for (let i = 0; i < chosen.length; i++) {
      for (const index of units[chosen[i]!]!) values[next++] = column[index]!;
    }
    return values;
  });
}

function intervals(
  strata: readonly Stratum[],
  statistic: (samples: readonly Float64Array[]) => number,
  { method = 'bca', level, resamples = 9999, seed = 0 }: BootstrapOptions,
): BootstrapResult {
  const asked = confidence(level);
  if (!(Number.isInteger(resamples) && resamples >= 100 && resamples <= 1e6)) {
    throw new SaliencyError(
      'bad-input',
      `resamples is ${resamples}: give a whole number from 100 to 1000000`,
    );
  }
  if (!Number.isInteger(seed)) {
    throw new SaliencyError('bad-input', `the bootstrap's seed is ${seed}: give a whole number`);
  }
  const finite = (value: number, of: string): number => {
    if (Number.isFinite(value)) return value;
    throw new SaliencyError(
      'bad-input',
      `the bootstrap's statistic is ${value} for ${of}: give one that is finite for all draws, or more values`,
    );
  };
  const value = finite(
    statistic(strata.flatMap(({ columns }) => columns.map((column) => column.slice()))),
    'the samples',
  );

  const random = xoroshiro128plus(seed);
  const draws = Float64Array.from({ length: resamples }, () => {
    const drawn = strata.flatMap((stratum) => {
      const chosen = new Int32Array(stratum.units.length);
      for (let i = 0; i < chosen.length; i++) chosen[i] = uniformInt(random, 0, chosen.length - 1);
      return gather(stratum, chosen);
    });
    return finite(statistic(drawn), 'a draw');
  });
  // Only BCa needs what the statistic is without each unit.
  const jackknife =
    method === 'bca'
      ? strata.map((stratum, at) =>
          Float64Array.from(stratum.units, (_, left) => {
            const samples = strata.flatMap((other, index) =>
              gather(
                other,
                [...other.units.keys()].filter((unit) => index !== at || unit !== left),
              ),
            );
            return finite(statistic(samples), 'the values without one');
          }),
        )
      : [];
  return bootstrapInterval(value, draws, jackknife, method, asked);
}

/**
 * The interval from what the statistic came to.
 *
 * @param jackknife for each sample, the statistic without each of its units; `bca` only
 */
export function bootstrapInterval(
  value: number,
  draws: Float64Array,
  jackknife: readonly Float64Array[],
  method: NonNullable<BootstrapOptions['method']>,
  level: number,
): BootstrapResult {
  const sorted = draws.slice().sort();
  const centre = draws.reduce((sum, draw) => sum + draw / draws.length, 0);
  const standardError = Math.sqrt(
    draws.reduce((sum, draw) => sum + (draw - centre) ** 2, 0) / (draws.length - 1),
  );
  const tail = (1 - level) / 2;
  const result = (low: number, high: number, details = {}): BootstrapResult => ({
    value,
    interval: { low, high, level },
    standardError,
    details: { method, resamples: draws.length, ...details },
  });
  switch (method) {
    case 'percentile':
      return result(quantile(sorted, tail), quantile(sorted, 1 - tail));
    case 'basic':
      return result(2 * value - quantile(sorted, 1 - tail), 2 * value - quantile(sorted, tail));
    case 'bca': {
      const tie = TIE * Math.max(Math.abs(sorted[0]!), Math.abs(sorted.at(-1)!));
      const below = draws.reduce(
        (sum, draw) => sum + (Math.abs(draw - value) <= tie ? 0.5 : Number(draw < value)),
        0,
      );
      if (below === 0 || below === draws.length) {
        throw new SaliencyError(
          'bad-input',
          "all draws of the bootstrap are on one side of the observed statistic: BCa can't correct its bias, use 'percentile'",
        );
      }
      const bias = normalQuantile(below / draws.length);
      const acceleration = accelerationOf(jackknife);
      const moved = (z: number) =>
        quantile(sorted, normalUpper(-(bias + (bias + z) / (1 - acceleration * (bias + z)))));
      return result(moved(normalQuantile(tail)), moved(-normalQuantile(tail)), { bias, acceleration });
    }
    default:
      throw new SaliencyError(
        'unknown-name',
        `the bootstrap has no method '${method}': use 'bca', 'percentile' or 'basic'`,
      );
  }
}

function accelerationOf(jackknife: readonly Float64Array[]): number {
  let cubes = 0;
  let squares = 0;
  for (const values of jackknife) {
    const count = values.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    for (const value of values) {
      const influence = ((count - 1) * (mean - value)) / count;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  // A statistic that no single unit moves has no acceleration either.
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** With linear interpolation between the order statistics, as NumPy's default is. */
function quantile(sorted: Float64Array, p: number): number {
  const place = p * (sorted.length - 1);
  const before = Math.min(sorted.length - 1, Math.floor(place));
  const after = Math.min(sorted.length - 1, before + 1);
  return sorted[before]! + (place - before) * (sorted[after]! - sorted[before]!);
}
