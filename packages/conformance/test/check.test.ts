/** What the suite must not let through: each wrong backend here is the reference with one fault. */
import { type Backend, N, type Tensor, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { type Case, caseOf, checkCase, referenceBackend } from '../src';

/** The reference, with a fault in what a run returns. */
function faulty(fault: (tensor: Tensor, run: number) => Tensor): Backend {
  return {
    name: 'faulty',
    load: async (program) => {
      const session = await referenceBackend().load(program);
      let run = 0;
      return {
        run: async (feeds) => {
          const results = Object.entries(await session.run(feeds));
          run++;
          return Object.fromEntries(results.map(([name, value]) => [name, fault(value, run)]));
        },
        dispose: () => {},
      };
    },
  };
}

const doubled = (by: number) => (value: Tensor) => ({
  ...value,
  data: Float64Array.from(value.data as Float64Array, (x) => x * by),
});

const floats: Case = caseOf('floats', ({ g, input }) => g.op('Sigmoid', [input([N, 3, 4])]));
const integers: Case = caseOf('integers', ({ g, input }) => g.op('ArgMax', [input([N, 5])], { axis: 1 }));

describe('checkCase', () => {
  it('accepts the truth', async () => {
    expect(await checkCase(referenceBackend(), floats)).toEqual({ error: 0, runs: 2 });
  });

  it('accepts float32 rounding and reports it', async () => {
    const rounded = faulty((value) => ({
      ...value,
      dtype: 'float32',
      data: new Float32Array(value.data as Float64Array),
    }));
    const { error } = await checkCase(rounded, floats);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(1e-7);
  });

  it('rejects an error of 2e-5 of the maximum', async () => {
    await expect(checkCase(faulty(doubled(1 + 2e-5)), floats)).rejects.toThrow('differs by');
  });

  it('rejects NaN where a number is expected', async () => {
    await expect(checkCase(faulty(doubled(Number.NaN)), floats)).rejects.toThrow('is NaN, not');
  });

  it('rejects an integer that is off by one', async () => {
    const off = faulty((value) => ({ ...value, data: (value.data as BigInt64Array).map((x) => x + 1n) }));
    await expect(checkCase(off, integers)).rejects.toThrow('differs by 1');
  });

  it('rejects integers returned as floats', async () => {
    const asFloats = faulty((value) => tensor(Array.from(value.data as BigInt64Array, Number), value.shape));
    await expect(checkCase(asFloats, integers)).rejects.toThrow('not int64');
  });

  it('rejects the right numbers in a wrong shape', async () => {
    const flat = faulty((value) => ({ ...value, shape: [value.data.length] }));
    await expect(checkCase(flat, floats)).rejects.toThrow('has shape [12], not [1,3,4]');
  });

  it('rejects a backend that writes a later run into the same memory', async () => {
    const memory = new Float64Array(36);
    const shared = faulty((value) => {
      memory.set(value.data as Float64Array);
      return { ...value, data: memory.subarray(0, value.data.length) };
    });
    await expect(checkCase(shared, floats)).rejects.toThrow('run 1');
  });

  it('rejects a missing output', async () => {
    const none: Backend = {
      name: 'none',
      load: async () => ({ run: async () => ({}), dispose: () => {} }),
    };
    await expect(checkCase(none, floats)).rejects.toThrow('"y": missing');
  });
});
