/**
 * Golden cases of tools/reference/stats.py: SciPy's float64 answers and, beside them, exact ones of 40 digits.
 */
import { readFileSync } from 'node:fs';

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
