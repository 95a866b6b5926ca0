/** Golden cases as tests compare them. */
import { expect } from 'vitest';
import { type GoldenCase, relativeError } from './golden-cases';

export * from './golden-cases';

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
