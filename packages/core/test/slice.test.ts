import { Builder } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';

describe('Slice', () => {
  const reversed = { starts: [-1], ends: [-(2 ** 31)], axes: [0], steps: [-1] };

  it('that goes down to the first element is the same node when it is made again from its own attributes', () => {
    const g = new Builder();
    const x = g.input('x', [5]);
    const once = g.node('Slice', [x], reversed);
    const again = g.node('Slice', [x], once.attributes);
    expect(again.outputs[0]!.shape).toEqual([5]);
    expect(again).toBe(once);
  });

  it('that goes down to the first element gives all of a known list, last first', () => {
    const g = new Builder();
    const x = g.constant([3, 1, 4, 1, 5], [5], 'int64');
    expect(g.op('Slice', [x], reversed).content).toEqual([5, 1, 4, 1, 3]);
  });

  it('with a negative step stops before its end', () => {
    const g = new Builder();
    const x = g.constant([3, 1, 4, 1, 5], [5], 'int64');
    expect(g.op('Slice', [x], { starts: [4], ends: [0], axes: [0], steps: [-2] }).content).toEqual([5, 4]);
  });
});
