import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  benjaminiHochberg,
  benjaminiYekutieli,
  bonferroni,
  type CorrectionId,
  corrections,
  hochberg,
  holm,
  sidak,
  uncorrected,
} from '../src/index';
import { golden, relativeError } from './golden';

type Case = { p: number[] } & Record<Exclude<CorrectionId, 'none'>, number[]>;

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

describe('corrections', () => {
  for (const name of Object.keys(corrections) as CorrectionId[]) {
    if (name === 'none') continue;
    it(`${name} agrees with statsmodels`, () => {
      for (const entry of golden<Case>('corrections')) {
        const corrected = corrections[name](entry.p);
        corrected.forEach((value, i) => {
          expect(relativeError(value, entry[name][i]!)).toBeLessThan(1e-14);
        });
        expect(corrected).toHaveLength(entry.p.length);
      }
    });
  }

  it('none gives each p as it is', () => {
    expect(uncorrected([0.2, 1e-300, 1])).toEqual([0.2, 1e-300, 1]);
  });

  it('lie in order: p ≤ Benjamini-Hochberg ≤ Hochberg ≤ Holm ≤ Bonferroni ≤ 1', () => {
    fc.assert(
      fc.property(pValues, (p) => {
        const [bh, up, h, b] = [benjaminiHochberg(p), hochberg(p), holm(p), bonferroni(p)];
        const [by, s] = [benjaminiYekutieli(p), sidak(p)];
        const rounded = (x: number) => x * (1 - 1e-15);
        p.forEach((value, i) => {
          expect(bh[i]).toBeGreaterThanOrEqual(rounded(value));
          expect(up[i]).toBeGreaterThanOrEqual(rounded(bh[i]!));
          expect(h[i]).toBeGreaterThanOrEqual(rounded(up[i]!));
          expect(by[i]).toBeGreaterThanOrEqual(rounded(bh[i]!));
          expect(s[i]).toBeGreaterThanOrEqual(rounded(value));
          expect(b[i]).toBeGreaterThanOrEqual(rounded(s[i]!));
          expect(b[i]).toBeGreaterThanOrEqual(rounded(h[i]!));
          expect(b[i]).toBeLessThanOrEqual(1);
        });
      }),
    );
  });

  it('keep the order of the p-values, and follow them when they are reordered', () => {
    fc.assert(
      fc.property(pValues, (p) => {
        for (const correct of Object.values(corrections)) {
          const corrected = correct(p);
          const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!);
          for (let k = 1; k < order.length; k++) {
            expect(corrected[order[k]!]).toBeGreaterThanOrEqual(corrected[order[k - 1]!]!);
          }
          expect(correct(p.toReversed())).toEqual(corrected.toReversed());
        }
      }),
    );
  });

  it('give one p back as it is', () => {
    for (const correct of Object.values(corrections)) {
      for (const p of [0, 1e-300, 0.3, 1]) expect(relativeError(correct([p])[0]!, p)).toBeLessThan(1e-15);
    }
  });

  it('sidak is the chance that the smallest of m independent p is as small, a tiny one too', () => {
    expect(sidak([0.1, 1, 1])[0]).toBeCloseTo(1 - 0.9 ** 3, 15);
    expect(sidak([1e-20, 1])[0]).toBe(2e-20);
  });

  it('take typed arrays and no p-values at all', () => {
    expect(holm(Float64Array.of(0.01, 0.04))).toEqual([0.02, 0.04]);
    for (const correct of Object.values(corrections)) expect(correct([])).toEqual([]);
  });

  it('refuse what is no probability', () => {
    for (const correct of Object.values(corrections)) {
      expect(() => correct([0.5, Number.NaN])).toThrow(/p-value 1 is NaN/);
      expect(() => correct([1.1])).toThrow(/p-value 0 is 1.1/);
      expect(() => correct([-0.1])).toThrow(/p-value 0 is -0.1/);
    }
  });
});
