import { Builder, compile, N, nodesOf, repeat, shapeAt, sizeOf } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { describe, expect, it } from 'vitest';
import { batchFor, parseBytes, peakBytes } from '../src/memory';
import { readModel } from '../src/model';
import { demoModel } from './folders';

describe('memory', () => {
  it('the peak lies between the largest value and the sum of all, and grows with the batch', async () => {
    const { graph } = await readModel(demoModel);
    const program = compile(graph, { method: method('lrp-epsilon-plus') }).graph;
    const sizes = nodesOf(program).flatMap((node) =>
      node.outputs.map((value) => 4 * sizeOf(shapeAt(value.shape, 1))),
    );
    const peak = peakBytes(program, 1);
    expect(peak).toBeGreaterThan(Math.max(...sizes));
    expect(peak).toBeLessThan(sizes.reduce((a, b) => a + b, 0));
    expect(peakBytes(program, 4)).toBeGreaterThan(3 * peak);
  });

  it('what one step of a loop holds counts once, however many steps there are', () => {
    const peakOf = (steps: number) => {
      const g = new Builder();
      const x = g.input('x', [N, 1]);
      const [sum] = repeat(g, steps, (step) => {
        const many = g.mul(
          g.op('Expand', [x], { shape: [N, 1000] }),
          g.op('Cast', [step], { to: 'float32' }),
        );
        return [g.op('ReduceSum', [many], { axes: [1], keepdims: 1 })];
      });
      return peakBytes(g.finish({ inputs: [x], outputs: { sum: sum! } }), 1);
    };
    expect(peakOf(5)).toBeGreaterThan(8000);
    expect(peakOf(5)).toBeLessThan(9000);
    expect(peakOf(50)).toBe(peakOf(5));
  });

  it('a batch fits its budget, and there is always one image', async () => {
    const { graph } = await readModel(demoModel);
    const program = compile(graph, { method: method('gradient') }).graph;
    const three = peakBytes(program, 3);
    expect(batchFor(program, three)).toBe(3);
    expect(batchFor(program, three - 1)).toBe(2);
    expect(batchFor(program, 1)).toBe(1);
    expect(batchFor(program, 1e12)).toBe(8);
  });

  it('a run holds no more work than a study may stand still for', () => {
    const images = (turns: number) => {
      const g = new Builder();
      const x = g.input('x', [N, 64, 100, 100]);
      const weights = g.constant(new Float32Array(64 * 64 * 9), [64, 64, 3, 3]);
      const convolved = () => g.op('Conv', [x, weights], { pads: [1, 1, 1, 1] });
      const [sum] = repeat(g, turns, (step) => [
        g.mul(convolved(), g.op('Cast', [step], { to: 'float32' })),
        g.op('Conv', [g.mul(x, g.op('Cast', [step], { to: 'float32' })), weights], { pads: [1, 1, 1, 1] }),
      ]);
      return batchFor(g.finish({ inputs: [x], outputs: { sum: sum! } }), 1e15);
    };
    // 0.37 G multiply-adds a convolution: 40 G hold 108 of them, and one image goes in any case.
    expect([10, 30, 50, 1000].map(images)).toEqual([8, 3, 2, 1]);
  });

  it.each([
    ['2 GiB', 2 ** 31],
    ['500MB', 5e8],
    [1024, 1024],
    ['1.5 KiB', 1536],
  ])('%j is an amount', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '2 apples', '-1', '0'])('%j is none', (text) => {
    expect(() => parseBytes(text)).toThrow(/no amount of memory: write it as "2 GiB"/);
  });
});
