import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap, bootstrapGroups, bootstrapPairs } from '../src/index';
import { type BootstrapCase, mean, onSciPysDraws, type Values, variance } from './bootstrap-cases';
import { golden, relativeError } from './golden';

describe('bootstrap', () => {
  for (const entry of golden<BootstrapCase>('bootstrap')) {
    it(`has SciPy's intervals on SciPy's draws: ${entry.statistic}, ${entry.kind}`, () => {
      for (const method of ['percentile', 'basic', 'bca'] as const) {
        const found = onSciPysDraws(entry, method);
        expect(relativeError(found.interval.low, entry[method][0]), method).toBeLessThan(1e-9);
        expect(relativeError(found.interval.high, entry[method][1]), method).toBeLessThan(1e-9);
        expect(relativeError(found.standardError, entry.standardError)).toBeLessThan(1e-9);
      }
    });
  }

  const sample = golden<BootstrapCase>('bootstrap')[1]!.data[0]!;

  it('draws by its seed: the same again, another interval with another', () => {
    const plain = bootstrap(sample, mean, { resamples: 500, seed: 5 });
    expect(bootstrap(sample, mean, { resamples: 500, seed: 5 })).toEqual(plain);
    expect(bootstrap(sample, mean, { resamples: 500, seed: 6 }).interval).not.toEqual(plain.interval);
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  });

  it('has the standard error of a mean', () => {
    const { standardError } = bootstrap(sample, mean);
    const known = Math.sqrt((variance(sample) * (sample.length - 1)) / sample.length ** 2);
    expect(relativeError(standardError, known)).toBeLessThan(0.03);
  });

  it('sees what clusters are: images repeated within patients tell no more than one of each', () => {
    const repeated = sample.flatMap((value) => [value, value, value, value]);
    const clusters = sample.flatMap((_, patient) => [1, 2, 3, 4].map(() => `patient ${patient}`));
    const options = { resamples: 2000, seed: 3 };
    const single = bootstrap(sample, mean, options);
    const whole = bootstrap(repeated, mean, { ...options, clusters });
    expect(whole.interval.low).toBeCloseTo(single.interval.low, 9);
    expect(whole.interval.high).toBeCloseTo(single.interval.high, 9);
    expect(bootstrap(repeated, mean, options).standardError).toBeLessThan(0.6 * single.standardError);
  });

  it('keeps pairs together and groups apart', () => {
    const shifted = sample.map((value) => value + 1);
    const difference = (a: Values, b: Values) => mean(a) - mean(b);
    const options = { method: 'percentile', resamples: 200 } as const;
    const paired = bootstrapPairs(shifted, sample, difference, options);
    expect(paired.interval.low).toBeCloseTo(1, 12);
    expect(paired.interval.high).toBeCloseTo(1, 12);
    expect(bootstrapGroups(shifted, sample, difference, options).standardError).toBeGreaterThan(0.1);
  });

  it('moves and stretches with the values, and mirrors with their sign', () => {
    fc.assert(
      fc.property(fc.constantFrom('percentile', 'basic', 'bca'), fc.integer(), (method, seed) => {
        const options = { method, resamples: 200, seed } as const;
        const plain = bootstrap(sample, mean, options).interval;
        const moved = bootstrap(
          sample.map((value) => 5 - 2 * value),
          mean,
          options,
        ).interval;
        expect(moved.low).toBeCloseTo(5 - 2 * plain.high, 8);
        expect(moved.high).toBeCloseTo(5 - 2 * plain.low, 8);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses bad counts, seeds, clusters and statistics that are not finite', () => {
    expect(() => bootstrap([1], mean)).toThrow(/the sample has 1 value/);
    expect(() => bootstrap(sample, mean, { resamples: 10 })).toThrow(/resamples is 10/);
    expect(() => bootstrap(sample, mean, { seed: 0.5 })).toThrow(/seed is 0.5/);
    expect(() => bootstrap(sample, mean, { level: 95 })).toThrow(/confidence level is 95/);
    expect(() => bootstrap(sample, mean, { method: 't' as 'bca' })).toThrow(/no method 't'/);
    expect(() => bootstrap(sample, () => Number.NaN)).toThrow(/statistic is NaN for the samples/);
    expect(() => bootstrap([1, 2, 3], (values) => 1 / variance(values))).toThrow(/is Infinity for a draw/);
    expect(() => bootstrap([1, 2, 3], mean, { clusters: ['a', 'b'] })).toThrow(/3 values but 2 clusters/);
    expect(() => bootstrap([1, 2], mean, { clusters: ['a', 'a'] })).toThrow(/in one cluster/);
    expect(() => bootstrap([2, 2, 2], mean)).not.toThrow();
    expect(() => bootstrap(sample, (values) => -Math.max(...values))).not.toThrow();
    const clusters = { clusters: ['a', 'b'], clustersB: ['b', 'c'] };
    expect(() => bootstrapGroups([1, 2], [3, 4], (a, b) => mean(a) - mean(b), clusters)).toThrow(
      /cluster "b" is in both groups/,
    );
  });
});
