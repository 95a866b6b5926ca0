import { describe, expect, it } from 'vitest';
import { type PermutationDesign, permutation, permutationTest } from '../src/index';

/** Patients of 1 to 4 images, three in group A and four in B, and two columns of scores. */
const patients = ['a', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'e', 'f', 'f', 'f', 'f', 'g', 'g'];
const ofA = new Set(['a', 'b', 'c']);
const inA = patients.map((patient) => ofA.has(patient));
const scores = patients.map((_, i) => [Math.sin(3 * i) + (inA[i] ? 0.4 : 0), Math.cos(5 * i)]);
const table = { data: scores.flat(), shape: [patients.length, 2] as const };

const names = [...new Set(patients)];
const meanOf = (name: string, column: number) => {
  const own = scores.filter((_, i) => patients[i] === name).map((row) => row[column]!);
  return own.reduce((sum, value) => sum + value, 0) / own.length;
};

function studentT(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0);
  const variance = (squares(a) + squares(b)) / (a.length + b.length - 2);
  return (mean(a) - mean(b)) / Math.sqrt(variance * (1 / a.length + 1 / b.length));
}

/** Every way to choose `count` of the names. */
function choices(from: readonly string[], count: number): string[][] {
  if (count === 0) return [[]];
  return from.flatMap((first, at) =>
    choices(from.slice(at + 1), count - 1).map((others) => [first, ...others]),
  );
}

describe('permutationTest among clusters', () => {
  it('takes every division of the patients, each with the mean of its images: p and max-T by hand', async () => {
    const divisions = choices(names, 3).map((chosen) =>
      [0, 1].map((column) => {
        const rest = names.filter((name) => !chosen.includes(name));
        return Math.abs(
          studentT(
            chosen.map((name) => meanOf(name, column)),
            rest.map((name) => meanOf(name, column)),
          ),
        );
      }),
    );
    expect(divisions).toHaveLength(35);
    const observed = divisions[0]!;
    const share = (hit: (values: number[]) => boolean) => divisions.filter(hit).length / 35;
    const slack = 1e-6;

    const result = await permutationTest({
      scores: table,
      design: { kind: 'two-sample', inA, clusters: patients },
    });
    expect(result.exact).toBe(true);
    expect(result.permutations).toBe(35);
    for (const column of [0, 1]) {
      expect(Math.abs(result.statistic[column]!)).toBeCloseTo(observed[column]!, 12);
      expect(result.p[column]).toBeCloseTo(
        share((values) => values[column]! >= observed[column]! - slack),
        12,
      );
      expect(result.pMaxT[column]).toBeCloseTo(
        share((values) => Math.max(...values) >= observed[column]! - slack),
        12,
      );
    }
  });

  it('rejects no oftener than any level says, were each division of the patients the one observed', async () => {
    const p: number[] = [];
    for (const chosen of choices(names, 3)) {
      const marks = patients.map((patient) => chosen.includes(patient));
      const design = { kind: 'two-sample', inA: marks, clusters: patients } as const;
      p.push(Math.min(...(await permutationTest({ scores: table, design })).pMaxT));
    }
    for (const level of p) {
      const rejected = p.filter((value) => value <= level + 1e-12).length / p.length;
      expect(rejected).toBeLessThanOrEqual(level + 1e-12);
    }
    expect(Math.min(...p)).toBeLessThan(0.05);
  });

  it('is the test of the images where each is a patient of its own, whatever the order of rows', async () => {
    const design = { kind: 'two-sample', inA } as const;
    const alone = await permutationTest({ scores: table, design, seed: 4, permutations: 500 });
    const own = patients.map((_, i) => i);
    expect(
      await permutationTest({
        scores: table,
        design: { ...design, clusters: own },
        seed: 4,
        permutations: 500,
      }),
    ).toEqual(alone);
  });

  it('exchanges the pairs of a patient together: 2 to the number of patients', async () => {
    const pairs = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
    const first = pairs.map((_, i) => i % 2 === 0);
    const clusters = ['p', 'p', 'p', 'p', 'q', 'q', 'r', 'r', 's', 's', 's', 's'];
    const values = pairs.map((_, i) => Math.sin(7 * i) + (first[i] ? 0.5 : 0));
    const { p, permutations, exact } = await permutationTest({
      scores: { data: values, shape: [12, 1] },
      design: { kind: 'paired', inA: first, pairs, clusters },
      statistic: 'mean-difference',
    });
    expect([permutations, exact]).toEqual([16, true]);
    const differences = ['p', 'q', 'r', 's'].map((name) => {
      const own = values
        .map((value, i) => (first[i] ? value : -value))
        .filter((_, i) => clusters[i] === name);
      return own.reduce((sum, value) => sum + value, 0) / (own.length / 2);
    });
    const sums = Array.from({ length: 16 }, (_, signs) =>
      Math.abs(differences.reduce((sum, value, i) => sum + (signs & (1 << i) ? -value : value), 0)),
    );
    expect(p[0]).toBeCloseTo(sums.filter((sum) => sum >= sums[0]! - 1e-9).length / 16, 12);
  });

  it('keeps patients within their stratum, and correlates their means with their y', async () => {
    const site = patients.map((patient) => (patient < 'd' || patient === 'g' ? 'x' : 'y'));
    const marks = patients.map((patient) => 'ade'.includes(patient));
    const stratified = await permutationTest({
      scores: table,
      design: { kind: 'two-sample', inA: marks, clusters: patients, strata: site },
    });
    // One of a, b, c, g and two of d, e, f.
    expect(stratified.permutations).toBe(4 * 3);
    const age = patients.map((patient) => names.indexOf(patient) ** 2);
    const { statistic, permutations } = await permutationTest({
      scores: table,
      design: { kind: 'correlation', y: age, clusters: patients },
      permutations: 5040,
    });
    expect(permutations).toBe(5040);
    const means = names.map((name) => meanOf(name, 0));
    const ages = names.map((_, i) => i ** 2);
    const centre = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.map((value) => value - mean);
    };
    const [x, y] = [centre(means), centre(ages)];
    const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
    expect(statistic[0]).toBeCloseTo(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 12);
  });

  const two = { kind: 'two-sample', inA, clusters: patients } as const;
  it.each<[string, PermutationDesign, RegExp]>([
    [
      'fewer names than images',
      { ...two, clusters: ['a'] },
      /there are 1 clusters, but the scores have 15 images/,
    ],
    [
      'a patient in both groups',
      { ...two, clusters: patients.map((name) => (name === 'g' ? 'b' : name)) },
      /the cluster b has images of both groups/,
    ],
    [
      'a group of one patient',
      { ...two, clusters: patients.map((name) => (ofA.has(name) ? 'a' : name)) },
      /group A has 1 cluster, but at least 2 are needed: add clusters/,
    ],
    [
      'a patient in two strata',
      { ...two, strata: patients.map((_, i) => i % 2) },
      /the cluster b has images in several strata/,
    ],
    [
      'a patient of two ages',
      { kind: 'correlation', y: patients.map((_, i) => i), clusters: patients },
      /the cluster b has images of different y/,
    ],
    [
      'a pair of two patients',
      { kind: 'paired', inA: [1, 0, 1, 0], pairs: [0, 0, 1, 1], clusters: ['p', 'q', 'r', 'r'] },
      /the pair 0 has images of the clusters p and q/,
    ],
  ])('refuses %s by name', async (_, design, sentence) => {
    const rows = design.kind === 'paired' ? 4 : patients.length;
    const part = { data: table.data.slice(0, 2 * rows), shape: [rows, 2] as const };
    await expect(permutationTest({ scores: part, design })).rejects.toThrow(sentence);
  });
});

describe('permutation of two groups among clusters', () => {
  const group = (mark: boolean) => ({
    values: scores.filter((_, i) => inA[i] === mark).map(([score]) => score!),
    clusters: patients.filter((_, i) => inA[i] === mark),
  });
  const [a, b] = [group(true), group(false)];

  it('is the test of the patients’ means', () => {
    const means = (of: readonly string[]) => [...new Set(of)].map((name) => meanOf(name, 0));
    const { p, statistic, details } = permutation(means(a.clusters), means(b.clusters));
    const clustered = permutation(a.values, b.values, { clusters: a.clusters, clustersB: b.clusters });
    expect(details).toEqual({ method: 'exact', permutations: 35 });
    expect(clustered.details).toEqual(details);
    expect(clustered.p).toBeCloseTo(p, 12);
    expect(clustered.statistic).toBeCloseTo(statistic, 12);
  });

  it('refuses clusters of one group only, and one that is in both', () => {
    expect(() => permutation(a.values, b.values, { clusters: a.clusters })).toThrow(
      /clusters of group A only/,
    );
    expect(() =>
      permutation(a.values, b.values, {
        clusters: a.clusters,
        clustersB: b.clusters.map((name) => (name === 'g' ? 'c' : name)),
      }),
    ).toThrow(/the cluster c is in both groups/);
  });
});
