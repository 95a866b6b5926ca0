import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PermutationTestOptions, permutationTest } from '../src/index';
import { golden, relativeError } from './golden';
import { type ExactCase, optionsOf } from './permutation-cases';

/** Two groups of images, in turns, with columns of normal values that share some of their noise. */
function simulated(seed: number, images: number, columns: number, shift = 0) {
  const random = uniforms(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const inA = Array.from({ length: images }, (_, image) => image % 2 === 0);
  const data = inA.flatMap((mark) => {
    const shared = normal();
    return Array.from({ length: columns }, () => normal() + shared + (mark ? shift : 0));
  });
  return {
    scores: { data, shape: [images, columns] as const },
    design: { kind: 'two-sample' as const, inA },
  };
}

/** Marsaglia's multiply-with-carry: a generator other than the engine's. */
function uniforms(seed: number): () => number {
  let [z, w] = [362436069 + seed, 521288629 ^ (seed * 7919)];
  return () => {
    z = (36969 * (z & 65535) + (z >>> 16)) | 0;
    w = (18000 * (w & 65535) + (w >>> 16)) | 0;
    return (((z << 16) + w) >>> 0) / 2 ** 32;
  };
}

describe('permutationTest, exact', () => {
  for (const [at, entry] of golden<ExactCase>('permutation-test').entries()) {
    const { kind, statistic, alternative, strata } = entry;
    const judge = entry.scipy ? 'SciPy and NumPy' : 'NumPy';
    it(`agrees with ${judge}: ${at}, ${kind}${strata ? ' in strata' : ''}, ${statistic}, ${alternative}`, async () => {
      const result = await permutationTest({ ...optionsOf(entry), permutations: 100_000 });
      expect(result.exact).toBe(true);
      expect(result.permutations).toBe(entry.permutations);
      result.statistic.forEach((value, column) => {
        const expected = entry.observed[column]!;
        expect(Math.min(relativeError(value, expected), Math.abs(value - expected) * 1e3)).toBeLessThan(1e-9);
      });
      for (const key of ['p', 'pMaxT', 'pStepDown'] as const) {
        expect(result[key], key).toEqual(entry[key].map((p) => expect.closeTo(p, 12)));
      }
    });
  }

  const dataset = fc
    .record({
      images: fc.integer({ min: 4, max: 8 }),
      columns: fc.integer({ min: 1, max: 3 }),
      ofA: fc.integer({ min: 2, max: 6 }),
    })
    .filter(({ images, ofA }) => images - ofA >= 2)
    .chain(({ images, columns, ofA }) =>
      fc.record({
        values: fc.array(fc.integer({ min: -50, max: 50 }), {
          minLength: images * columns,
          maxLength: images * columns,
        }),
        order: fc.shuffledSubarray(
          Array.from({ length: images }, (_, image) => image),
          { minLength: images, maxLength: images },
        ),
        images: fc.constant(images),
        columns: fc.constant(columns),
        ofA: fc.constant(ofA),
      }),
    );

  it('gives p from its own column alone, and corrected p no smaller; step-down no larger than single-step', async () => {
    await fc.assert(
      fc.asyncProperty(dataset, async ({ values, images, columns, ofA }) => {
        const inA = Array.from({ length: images }, (_, image) => image < ofA);
        const design = { kind: 'two-sample' as const, inA };
        const run = (data: number[], count: number) =>
          permutationTest({
            scores: { data, shape: [images, count] },
            design,
            statistic: 'mean-difference',
          });
        const result = await run(values, columns);
        for (let column = 0; column < columns; column++) {
          const own = await run(
            values.filter((_, at) => at % columns === column),
            1,
          );
          expect(own.p[0]).toBe(result.p[column]);
          expect(own.pMaxT).toEqual(own.p);
          expect(result.pStepDown[column]).toBeGreaterThanOrEqual(result.p[column]!);
          expect(result.pMaxT[column]).toBeGreaterThanOrEqual(result.pStepDown[column]!);
          expect(result.p[column]).toBeGreaterThan(0);
          expect(result.pMaxT[column]).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('does not see the order of images, a shift of a column, or a scale of all', async () => {
    await fc.assert(
      fc.asyncProperty(
        dataset,
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.constantFrom(1, 2, 0.1, -3, 1e-200, 1e200),
        async ({ values, order, images, columns, ofA }, shift, scale) => {
          const run = (data: number[], places: number[]) =>
            permutationTest({
              scores: { data, shape: [images, columns] },
              design: { kind: 'two-sample', inA: places.map((image) => image < ofA) },
              statistic: 'mean-difference',
            });
          const plain = await run(
            values,
            Array.from({ length: images }, (_, image) => image),
          );
          const changed = await run(
            order.flatMap((image) =>
              Array.from(
                { length: columns },
                (_, column) => (values[image * columns + column]! + (column === 0 ? shift : 0)) * scale,
              ),
            ),
            order,
          );
          expect(changed.p).toEqual(plain.p);
          expect(changed.pMaxT).toEqual(plain.pMaxT);
          expect(changed.pStepDown).toEqual(plain.pStepDown);
        },
      ),
    );
  });

  it('does not see the scale of a single column in max-T of a studentized statistic', async () => {
    const { scores, design } = simulated(3, 10, 4, 0.6);
    const data = scores.data.map((value, at) => value * 10 ** ((at % 4) * 3));
    for (const statistic of ['student', 'welch', 'mann-whitney'] as const) {
      const plain = await permutationTest({ scores, design, statistic });
      const scaled = await permutationTest({ scores: { data, shape: [10, 4] }, design, statistic });
      expect({ ...scaled, statistic: [] }).toEqual({ ...plain, statistic: [] });
      expect(plain.exact).toBe(true);
    }
  });

  it('counts what float32 could not tell apart as ties', async () => {
    const run = (values: number[]) =>
      permutationTest({
        scores: { data: values, shape: [7, 1] },
        design: { kind: 'two-sample', inA: [1, 1, 1, 0, 0, 0, 0] },
      });
    const whole = await run([1, 2, 6, 3, 4, 5, 7]);
    const rounded = await run([0.1, 0.2, 0.6, 0.3, 0.4, 0.5, 0.7].map(Math.fround));
    expect(rounded.p).toEqual(whole.p);
  });

  it('takes n! arrangements as few where labels repeat, and pairs as sign flips', async () => {
    const y = [0, 0, 0, 0, 0, 0, 0, 0, 5, 5];
    const scores = { data: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3], shape: [10, 1] as const };
    const result = await permutationTest({ scores, design: { kind: 'correlation', y } });
    expect(result).toMatchObject({ exact: true, permutations: 45 });
    const paired = await permutationTest({
      scores,
      design: { kind: 'paired', inA: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0], pairs: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5] },
    });
    expect(paired).toMatchObject({ exact: true, permutations: 32 });
  });

  it('gives p = 1 for a column without spread under the difference of means', async () => {
    const scores = { data: [0.1, 1, 0.1, 2, 0.1, 3, 0.1, 5], shape: [4, 2] as const };
    const design = { kind: 'two-sample' as const, inA: [1, 1, 0, 0] };
    const result = await permutationTest({ scores, design, statistic: 'mean-difference' });
    expect(result).toMatchObject({ statistic: [0, -2.5], p: [1, 1 / 3], pMaxT: [1, 1 / 3] });
  });
});

describe('permutationTest, drawn', () => {
  it('comes within 5 standard errors of the exact p, in every design', async () => {
    const cases = golden<ExactCase>('permutation-test');
    for (const entry of cases.filter(({ permutations }) => permutations > 100)) {
      const permutations = entry.permutations - 1;
      for (const seed of [0, 1]) {
        const result = await permutationTest({ ...optionsOf(entry), permutations, seed });
        expect(result).toMatchObject({ exact: false, permutations });
        for (const key of ['p', 'pMaxT'] as const) {
          result[key].forEach((p, column) => {
            const exact = entry[key][column]!;
            const error = Math.sqrt((exact * (1 - exact)) / permutations) + 1 / permutations;
            expect(Math.abs(p - exact)).toBeLessThan(5 * error);
          });
        }
      }
    }
  });

  it('gives the same p for the same seed and another for another; fewer draws are the first of more', async () => {
    const given = simulated(1, 24, 3);
    const run = (seed: number, permutations: number) => permutationTest({ ...given, seed, permutations });
    expect(await run(5, 999)).toEqual(await run(5, 999));
    expect((await run(6, 999)).p).not.toEqual((await run(5, 999)).p);
    const [few, more] = [await run(5, 200), await run(5, 2000)];
    few.p.forEach((p, column) => {
      const hits = (share: number, count: number) => Math.round(share * (count + 1)) - 1;
      expect(hits(p, 200)).toBeLessThanOrEqual(hits(more.p[column]!, 2000));
    });
  });

  it('never gives p = 0', async () => {
    const result = await permutationTest({ ...simulated(2, 40, 3, 50), permutations: 500 });
    expect(result.p).toEqual([1 / 501, 1 / 501, 1 / 501]);
    expect(result.pMaxT).toEqual([1 / 501, 1 / 501, 1 / 501]);
  });

  it('keeps its level where nothing is true: p by itself, and the smallest corrected p of a family', async () => {
    const studies = 400;
    const rejected = { p: 0, pMaxT: 0, pStepDown: 0 };
    let sum = 0;
    for (let study = 0; study < studies; study++) {
      const result = await permutationTest({ ...simulated(study, 12, 5), permutations: 199, seed: study });
      sum += result.p[0]!;
      if (result.p[0]! <= 0.05) rejected.p++;
      if (Math.min(...result.pMaxT) <= 0.05) rejected.pMaxT++;
      if (Math.min(...result.pStepDown) <= 0.05) rejected.pStepDown++;
    }
    // 0.05 of 400 is 20, and 4 standard deviations of that are 17.
    for (const count of Object.values(rejected)) {
      expect(count).toBeGreaterThan(3);
      expect(count).toBeLessThan(37);
    }
    // A uniform p has mean 0.5; that of 400 has a standard deviation of 0.0144.
    expect(Math.abs(sum / studies - 0.5)).toBeLessThan(4 * 0.0145);
  });
});

describe('permutationTest refuses', () => {
  const scores = { data: [1, 2, 3, 4, 5, 7], shape: [6, 1] as const, names: ['grad-cam, lung'] };
  const inA = [1, 1, 1, 0, 0, 0];
  const design = { kind: 'two-sample' as const, inA };
  const refused: [string, Partial<PermutationTestOptions>, RegExp][] = [
    [
      'a missing score',
      { scores: { ...scores, data: [1, 2, Number.NaN, 4, 5, 7] } },
      /"grad-cam, lung" has NaN for image 2/,
    ],
    ['data of another length', { scores: { ...scores, shape: [5, 1] } }, /shape \[5, 1\].*6 were given/],
    ['a design of another length', { design: { ...design, inA: [1, 1, 0, 0] } }, /4 labels.*6 images/],
    [
      'strata of another length',
      { design: { ...design, strata: [1, 1] } },
      /2 strata, but the scores have 6 images/,
    ],
    [
      'a group of one image',
      { design: { ...design, inA: [1, 0, 0, 0, 0, 0] } },
      /group A has 1 image, but at least 2/,
    ],
    [
      'strata without both groups',
      { design: { ...design, strata: ['a', 'a', 'a', 'b', 'b', 'b'] } },
      /no stratum has images of both groups/,
    ],
    [
      'a pair of two images of A',
      { design: { kind: 'paired', inA, pairs: [1, 1, 2, 2, 3, 3] } },
      /the pair 1 has 2 images of A and 0 of B/,
    ],
    [
      'a y that does not vary',
      { design: { kind: 'correlation', y: [2, 2, 2, 2, 2, 2] } },
      /nothing to permute/,
    ],
    [
      'a column without spread, by its name',
      { scores: { ...scores, data: [3, 3, 3, 3, 3, 3] } },
      /"grad-cam, lung" has no spread: student/,
    ],
    [
      'a column without spread within groups',
      { scores: { ...scores, data: [0.3, 0.1 + 0.2, 0.3, 4, 4, 4] } },
      /no spread within the groups/,
    ],
    [
      'the same, of Welch',
      { scores: { ...scores, data: [0.3, 0.1 + 0.2, 0.3, 4, 4, 4] }, statistic: 'welch' },
      /no spread within the groups/,
    ],
    [
      'Welch in strata',
      { design: { ...design, strata: ['a', 'a', 'b', 'b', 'b', 'a'] }, statistic: 'welch' },
      /'two-sample' with strata has no statistic 'welch': use mean-difference or student/,
    ],
    ['a statistic of another design', { statistic: 'pearson' }, /'two-sample' has no statistic 'pearson'/],
    ['an unknown alternative', { alternative: 'x' as 'less' }, /no alternative 'x'/],
    ['no permutations', { permutations: 0 }, /permutations is 0/],
    ['half a seed', { seed: 0.5 }, /seed is 0.5/],
    ['an unknown design', { design: { kind: 'x' } as never }, /no design 'x'/],
  ];
  for (const [what, options, message] of refused) {
    it(what, async () => {
      await expect(permutationTest({ scores, design, ...options })).rejects.toThrow(message);
      await expect(permutationTest({ scores, design, ...options })).rejects.toMatchObject({
        name: 'SaliencyError',
      });
    });
  }
});
