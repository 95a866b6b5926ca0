import { Builder } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';

describe('folding', () => {
  const g = new Builder();

  it('leaves a Range of 10^13 numbers in the graph instead of listing them', () => {
    const [start, limit, step] = [0, 1e13, 1].map((value) => g.scalar(value, 'int64')) as [
      never,
      never,
      never,
    ];
    const value = g.op('Range', [start, limit, step]);
    expect(value.shape).toEqual([1e13]);
    expect(value.content).toBeUndefined();
  });

  it('leaves a large ConstantOfShape in the graph instead of filling it', () => {
    const value = g.op('ConstantOfShape', [g.constant([30_000, 100_000], [2], 'int64')]);
    expect(value.shape).toEqual([30_000, 100_000]);
    expect(value.content).toBeUndefined();
  });
});
