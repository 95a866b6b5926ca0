/** Dimensions k·N behave as the numbers they are once N is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  broadcastShapes,
  type Dim,
  fixedSize,
  isBatch,
  N,
  productOf,
  quotientOf,
  sameDim,
  sameShape,
  shapeAt,
  showShape,
  sizeAt,
} from '../src/index';

const dims: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 6 }).map((batch) => ({ batch })),
);
const fixed: fc.Arbitrary<Dim> = fc.integer({ min: 0, max: 12 });
const sizes = fc.integer({ min: 1, max: 9 });

describe('dimensions', () => {
  it('a product is the product of the sizes, for every N', () => {
    const oneOpen = fc.tuple(dims, fc.array(fixed, { maxLength: 4 })).map(([open, rest]) => [...rest, open]);
    fc.assert(
      fc.property(oneOpen, sizes, (shape, n) => {
        expect(sizeAt(productOf(shape), n)).toBe(shapeAt(shape, n).reduce((a, b) => a * b, 1));
      }),
    );
    expect(() => productOf([N, 3, N])).toThrow(/square of the batch/);
  });

  it('a quotient, where there is one, times the divisor is the dividend, for every N', () => {
    fc.assert(
      fc.property(dims, dims, sizes, (a, b, n) => {
        const quotient = quotientOf(a, b);
        if (quotient === undefined) return;
        expect(sizeAt(quotient, n) * sizeAt(b, n)).toBe(sizeAt(a, n));
      }),
    );
    fc.assert(
      fc.property(dims, fc.integer({ min: 1, max: 9 }), (a, factor) => {
        expect(quotientOf(productOf([a, factor]), factor)).toEqual(a);
        expect(quotientOf(productOf([a, factor]), a)).toEqual(factor);
      }),
    );
    expect(quotientOf({ batch: 3 }, 2)).toBeUndefined();
    expect(quotientOf(6, N)).toBeUndefined();
    expect(quotientOf(6, 0)).toBeUndefined();
  });

  it('are the same only where they are for every N', () => {
    fc.assert(
      fc.property(dims, dims, (a, b) => {
        const always = [1, 2, 3, 5, 7].every((n) => sizeAt(a, n) === sizeAt(b, n));
        expect(sameDim(a, b)).toBe(always);
      }),
    );
    expect(sameShape([N, 3], [N, 3, 1])).toBe(false);
  });

  it('broadcast as the sizes do, for every N', () => {
    const shapes = fc.array(fc.oneof(fc.constant<Dim>(1), fc.constant<Dim>(4), fc.constant<Dim>(N)), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(shapes, shapes, sizes, (a, b, n) => {
        let result: Dim[];
        try {
          result = broadcastShapes(a, b);
        } catch (error) {
          // 4 and N can't be told to agree before a run.
          expect(error).toMatchObject({ code: 'bad-input' });
          return;
        }
        expect(shapeAt(result, n)).toEqual(broadcastShapes(shapeAt(a, n), shapeAt(b, n)));
      }),
    );
    expect(broadcastShapes([N, 1, 4], [3, 1])).toEqual([N, 3, 4]);
    expect(() => broadcastShapes([N, 3], [4])).toThrow('shapes [N, 3] and [4] can');
  });

  it('are shown as people write them, and a fixed one is asked for by name', () => {
    expect(showShape([N, { batch: 6 }, 3])).toBe('[N, 6N, 3]');
    expect(() => fixedSize(N, 'the height')).toThrow('the height must be fixed');
  });
});

describe('shape computations over N in a graph', () => {
  it('are folded to what they are at every N', () => {
    const operations = fc.array(
      fc.record({ op: fc.constantFrom('Add', 'Sub', 'Mul', 'Div'), by: fc.oneof(dims, fixed) }),
      { minLength: 1, maxLength: 4 },
    );
    const numbers: Record<string, (a: number, b: number) => number> = {
      Add: (a, b) => a + b,
      Sub: (a, b) => a - b,
      Mul: (a, b) => a * b,
      Div: (a, b) => Math.trunc(a / b),
    };
    let folded = 0;
    fc.assert(
      fc.property(operations, sizes, (steps, n) => {
        const g = new Builder();
        const dimension = (dim: Dim) =>
          isBatch(dim)
            ? g.mul(g.op('Size', [g.input('x', [N])]), g.scalar(dim.batch, 'int64'))
            : g.scalar(dim, 'int64');
        let value = dimension(N);
        let expected = n;
        for (const { op, by } of steps) {
          if (op === 'Div' && by === 0) continue;
          try {
            value = g.op(op, [value, dimension(by)]);
          } catch (error) {
            expect(error).toMatchObject({ code: 'unsupported' });
            return;
          }
          // Integers have one zero.
          expected = numbers[op]!(expected, sizeAt(by, n)) + 0;
        }
        const [known] = value.content ?? [];
        if (known === undefined) return;
        folded++;
        expect(sizeAt(known, n)).toBe(expected);
        // No multiple of N that is none.
        if (isBatch(known)) expect(known.batch).not.toBe(0);
      }),
      { seed: 1, numRuns: 1000 },
    );
    expect(folded).toBeGreaterThan(100);
  });
});
