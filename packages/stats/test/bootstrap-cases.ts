/** Golden cases of bootstrap intervals: SciPy's, with the draws that it took. */
import { bootstrapInterval } from '../src/bootstrap';
import { pearson } from '../src/index';

export interface BootstrapCase {
  statistic: keyof typeof statistics;
  kind: string;
  paired: boolean;
  data: number[][];
  level: number;
  indices: number[][][];
  standardError: number;
  percentile: [number, number];
  basic: [number, number];
  bca: [number, number];
}

export type Values = ArrayLike<number>;
export const mean = (values: Values) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
export const variance = (values: Values) => {
  const centre = mean(values);
  return Array.from(values).reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
};
const statistics = {
  mean,
  variance,
  'quotient of means': (a: Values, b: Values) => mean(a) / mean(b),
  correlation: (a: Values, b: Values) => pearson(a, b).value,
};

/** The interval of the package on the draws that SciPy took. */
export function onSciPysDraws(entry: BootstrapCase, method: 'percentile' | 'basic' | 'bca') {
  const { data, paired, indices, level } = entry;
  const statistic = statistics[entry.statistic] as (...samples: Values[]) => number;
  const draws = Float64Array.from(indices[0]!, (_, draw) =>
    statistic(
      ...data.map((values, at) => (paired ? indices[0]! : indices[at]!)[draw]!.map((i) => values[i]!)),
    ),
  );
  const without = (values: number[], left: number) => values.filter((_, i) => i !== left);
  const jackknife = paired
    ? [Float64Array.from(data[0]!, (_, left) => statistic(...data.map((values) => without(values, left))))]
    : data.map((sample, at) =>
        Float64Array.from(sample, (_, left) =>
          statistic(...data.map((values, i) => (i === at ? without(values, left) : values))),
        ),
      );
  return bootstrapInterval(statistic(...data), draws, jackknife, method, level);
}
