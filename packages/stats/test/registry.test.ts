import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import {
  corrections,
  correlations,
  effects,
  groupTests,
  pairedTests,
  postHocTests,
  tests,
} from '../src/index';
import { samples } from './golden';

const { a, b } = samples['twenty each, normal']!;

describe('registries', () => {
  it('hold the tests, corrections and effects under the names that a study uses', () => {
    expect(Object.keys(tests)).toEqual(['seed-rule', 'student', 'welch', 'mann-whitney', 'permutation']);
    expect(Object.keys(pairedTests)).toEqual(['paired-t', 'wilcoxon']);
    expect(Object.keys(groupTests)).toEqual(['anova', 'welch-anova', 'kruskal-wallis']);
    expect(Object.keys(postHocTests)).toEqual(['tukey-hsd', 'games-howell', 'dunn']);
    expect(Object.keys(correlations)).toEqual(['pearson', 'spearman']);
    expect(Object.keys(corrections)).toEqual([
      'none',
      'bonferroni',
      'sidak',
      'holm',
      'hochberg',
      'benjamini-hochberg',
      'benjamini-yekutieli',
    ]);
    expect(Object.keys(effects)).toEqual(['cohens-d', 'hedges-g', 'cliffs-delta', 'rank-biserial']);
  });

  for (const [id, test] of Object.entries(tests)) {
    it(`${id} gives a plain result under its own name, the same after a round through JSON`, () => {
      const result = test(a, b, { permutations: 500 });
      expect(Object.keys(result)).toEqual(['test', 'statistic', 'p', 'details']);
      expect(result.test).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    });

    it(`${id} takes numbers, typed arrays and ndarray views, and leaves them as they are`, () => {
      const expected = test(a, b, { permutations: 500 });
      // A column of a matrix of two columns, and a reversed view of a reversed array.
      const matrix = ndarray(Float64Array.from(a.flatMap((value) => [value, -1])), [a.length, 2]);
      const reversed = ndarray(Float64Array.from(b.toReversed()), [b.length]).step(-1);
      expect(test(matrix.pick(null, 0), reversed, { permutations: 500 })).toEqual(expected);
      const typed = Float64Array.from(a);
      expect(test(typed, b, { permutations: 500 })).toEqual(expected);
      expect(Array.from(typed)).toEqual(a);
      expect(test(Float32Array.from(a), b, { permutations: 500 }).statistic).toBeCloseTo(
        expected.statistic,
        4,
      );
    });

    it(`${id} refuses infinity and a view of two dimensions`, () => {
      expect(() => test([1, 2, Number.POSITIVE_INFINITY], b)).toThrow(/group A has Infinity at index 2/);
      expect(() => test(a, ndarray(new Float64Array(6), [2, 3]))).toThrow(/group B has shape \[2, 3\]/);
    });
  }

  for (const [id, test] of Object.entries(pairedTests)) {
    it(`${id} gives a plain result under its own name, from any form of sample, and leaves it as it is`, () => {
      const result = test(a, b);
      expect(Object.keys(result)).toEqual(['test', 'statistic', 'p', 'details']);
      expect(result.test).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      const typed = Float64Array.from(a);
      expect(test(typed, ndarray(Float64Array.from(b), [b.length]))).toEqual(result);
      expect(Array.from(typed)).toEqual(a);
    });
  }

  for (const [id, test] of Object.entries(groupTests)) {
    it(`${id} gives a plain result under its own name`, () => {
      const result = test([a, b]);
      expect(Object.keys(result)).toEqual(['test', 'statistic', 'p', 'details']);
      expect(result.test).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    });
  }

  for (const [id, effect] of Object.entries(effects)) {
    it(`${id} gives a plain result under its own name`, () => {
      const result = effect(a, b);
      expect(result.effect).toBe(id);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    });
  }
});
