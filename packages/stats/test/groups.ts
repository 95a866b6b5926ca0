/** Random groups for the property tests: whole numbers, so that ties occur and shifts round nothing. */
import fc from 'fast-check';

export function group(least: number, most: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: -60, max: 60 }), { minLength: least, maxLength: most });
}

/** The same values in another order. */
export function shuffled(values: readonly number[]): number[] {
  return values.toSorted((x, y) => ((x * 31) % 17) - ((y * 31) % 17) || y - x);
}

/** Whether a group has any spread. */
export function varies(values: readonly number[]): boolean {
  return new Set(values).size > 1;
}
