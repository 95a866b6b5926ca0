/**
 * Golden cases of tools/reference/stats.py: SciPy's float64 answers and, beside them, exact ones of 40 digits.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

export interface GoldenCase {
  /** What SciPy computed; null where it was NaN. */
  scipy: (number | null)[];
  exact: number[];
  /** Present where SciPy is further than 1e-10 from the exact value. */
  scipyDiffers?: true;
}

export function golden<T = GoldenCase>(name: string): T[] {
  return (read(`${name}.json`) as { cases: T[] }).cases;
}

export const samples = read('samples.json') as Record<string, { a: number[]; b: number[] }>;

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`./golden/${file}`, import.meta.url), 'utf8'));
}

/** Distance over the size of the expected value; 0 for the same value, zero and infinity among them. */
export function relativeError(actual: number, expected: number): number {
  return actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
}

/**
 * Within 1e-9 (relative) of SciPy and, tighter, within 1e-11 of the exact values; where SciPy itself is away from
 * the exact values, of these only.
 */
export function expectGolden(actual: readonly number[], entry: GoldenCase): void {
  actual.forEach((value, i) => {
    expect(relativeError(value, entry.exact[i]!), `${value} for exactly ${entry.exact[i]}`).toBeLessThan(
      1e-11,
    );
    if (entry.scipyDiffers) return;
    expect(relativeError(value, entry.scipy[i]!), `${value} for SciPy's ${entry.scipy[i]}`).toBeLessThan(
      1e-9,
    );
  });
}
