/** Pairs for the tests: those of the golden cases, and random ones for the property tests. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';

export const goldenPairs = JSON.parse(
  readFileSync(new URL('./golden/pairs.json', import.meta.url), 'utf8'),
) as Record<string, { a: number[]; b: number[] }>;

/** Whole numbers close to each other, so that differences tie and vanish. */
export function pairs(least: number, most: number): fc.Arbitrary<[number[], number[]]> {
  const value = fc.integer({ min: -9, max: 9 });
  return fc
    .array(fc.tuple(value, value), { minLength: least, maxLength: most })
    .map((drawn) => [drawn.map(([a]) => a), drawn.map(([, b]) => b)]);
}
