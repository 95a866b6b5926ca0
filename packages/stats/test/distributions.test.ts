import { describe, expect, it } from 'vitest';
import { fUpper, normalQuantile, normalUpper, studentUpper } from '../src/distributions';
import { expectGolden, type GoldenCase, golden } from './golden';

type Case = GoldenCase & { of: keyof typeof functions; x: number; df?: number | [number, number] };

const functions = {
  student: (x: number, df: Case['df']) => studentUpper(x, df as number),
  f: (x: number, df: Case['df']) => fUpper(x, ...(df as [number, number])),
  normal: (x: number) => normalUpper(x),
  'normal-quantile': (x: number) => normalQuantile(x),
};

describe('distribution functions', () => {
  for (const { of, x, df, ...entry } of golden<Case>('distributions')) {
    it(`keep all digits: ${of} at ${x}${df === undefined ? '' : ` with ${df} degrees of freedom`}`, () => {
      expectGolden([functions[of](x, df)], entry);
    });
  }

  it('have golden tails below 1e-280', () => {
    const tails = golden<Case>('distributions').filter(
      ({ of, exact }) => of !== 'normal-quantile' && exact[0]! < 1e-280,
    );
    expect(tails.map((entry) => entry.of)).toEqual(expect.arrayContaining(['student', 'f', 'normal']));
  });
});
