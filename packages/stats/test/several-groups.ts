/** Several groups for the tests: those of the golden cases, and random ones for the property tests. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { group } from './groups';

export const goldenGroups = JSON.parse(
  readFileSync(new URL('./golden/several-groups.json', import.meta.url), 'utf8'),
) as Record<string, number[][]>;

export function severalGroups(least: number, most = 12): fc.Arbitrary<number[][]> {
  return fc.array(group(least, most), { minLength: 2, maxLength: 5 });
}
