/** Causes are found on a network of four units, one of which float32 rounds away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, referenceBackend } from '@regional-saliency/conformance';
import { Builder, compile, type Graph, tensor, type Value } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { causesOf } from '../causes';
import type { Cell } from '../peers';
import { given, watched } from '../reads';

const folder = mkdtempSync(join(tmpdir(), 'causes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const backend = onnxruntimeBackend(ort, { threads: 1 });

/** (x + 10⁸) - 10⁸: float32 knows multiples of 8 there, and rounds what is nearer to 0 away. */
function blurred(g: Builder, x: Value): Value {
  return g.sub(g.add(x, g.scalar(1e8)), g.scalar(1e8));
}

/** Two scores, sums of what `layer` makes of blurred pixels, [N, 1, 2, 2]. */
function network(layer: (g: Builder, x: Value) => Value): Graph {
  const g = new Builder();
  const x = g.input('input', [{ batch: 1 }, 1, 2, 2]);
  const units = g.reshape(layer(g, blurred(g, x)), [{ batch: 1 }, -1]);
  const width = units.shape[1] as number;
  const weights = g.constant(
    Array.from({ length: 2 * width }, (_, at) => at + 1),
    [width, 2],
  );
  return g.finish({ inputs: [x], outputs: { scores: g.matMul(units, weights) } });
}

const relu = network((g, x) => g.op('Relu', [x]));
const pool = network((g, x) => g.op('MaxPool', [x], { kernel_shape: [2, 2] }));

async function causes(model: Graph, name: string, options: Cell['options'], pixels: number[]) {
  const images = { tensor: tensor(Float32Array.from(pixels), [1, 1, 2, 2]), targets: [1] };
  const program = compile(model, { method: method(name, options), target: 'input' });
  const feeds = { input: images.tensor, target: tensor(BigInt64Array.of(1n), [1], 'int64') };
  const truth = join(folder, 'truth.f64');
  writeFileSync(truth, evaluate(program.graph, feeds).relevance!.data as Float64Array);
  const cell = {
    method: name,
    options,
    truth,
    peer: '',
    note: '',
    seconds: 0,
    shape: [1, 1, 2, 2],
    draws: {},
  };
  return (await causesOf(model, cell, images, 0, backend, referenceBackend()))!;
}

describe('a map that is far from float64', () => {
  it('is shown to come from the gate that rounding shut', async () => {
    const { exact, flips, behindFlips } = await causes(relu, 'gradient', {}, [8e8, 1, -8, 16]);
    expect(exact.map).toBe(0);
    expect(flips).toHaveLength(1);
    expect(flips[0]).toMatchObject({ here: 0, exact: 1, largest: 8e8 });
    expect(flips[0]!.name).toMatch(/\[0, 0, 1\]$/);
    expect(behindFlips.map).toBe(0);
  });

  it('is shown to come from a gate in one step of a loop', async () => {
    // At thirds of the way: 2 is rounded away, 4 (a tie, to even) as well, 6 is not.
    const options = { n: 3, method: 'riemann-right' };
    const { flips, behindFlips } = await causes(relu, 'integrated-gradients', options, [8e8, 6, -8, 16]);
    expect(flips.map(({ name }) => name.replace(/.*(?=\[)/, ''))).toEqual([
      '[0, 0, 1] in step 1',
      '[0, 0, 1] in step 2',
    ]);
    expect(behindFlips.map).toBeLessThan(1e-6);
  });

  it('is shown to come from a pool whose maximum rounding made a tie', async () => {
    const { flips, behindFlips } = await causes(pool, 'gradient', {}, [1, 2, -8, -16]);
    expect(flips).toHaveLength(1);
    expect(flips[0]).toMatchObject({ here: 0, exact: 1 });
    expect(flips[0]!.name).toMatch(/\[0, 0, 1\] as the maximum of its window$/);
    expect(behindFlips.map).toBe(0);
  });

  it('is blamed on no gate where none flipped', async () => {
    const { flips, behindFlips } = await causes(relu, 'gradient', {}, [8, 80, -8, 16]);
    expect(flips).toHaveLength(0);
    expect(behindFlips.map).toBe(0);
  });

  it('is shown to come from a divisor near zero', async () => {
    // The score is 1 + 10⁸ - 10⁸ + 2, of which float32 has lost some by the time it is done.
    const g = new Builder();
    const x = g.input('input', [{ batch: 1 }, 1, 2, 2]);
    const weights = g.constant([0, 1, 0, 1e8, 0, -1e8, 0, 2], [4, 2]);
    const scores = g.matMul(g.reshape(x, [{ batch: 1 }, 4]), weights);
    const model = g.finish({ inputs: [x], outputs: { scores } });
    const { divisor, behindFlips, behindDivisors } = await causes(
      model,
      'lrp-epsilon-plus',
      {},
      [1, 1, 1, 1],
    );
    expect(divisor!.exact).toBeCloseTo(3, 4);
    expect(divisor!.here).toBeLessThan(2.5);
    expect(behindFlips.map).toBeGreaterThan(0.1);
    expect(behindDivisors!.map).toBeLessThan(1e-6);
  });
});

describe('a program with what it reads as outputs', () => {
  it('gives the same map, and takes all reads back as inputs', () => {
    for (const name of ['gradient', 'integrated-gradients', 'lrp-epsilon-plus', 'gradient-shap']) {
      const { graph } = compile(pool, {
        method: method(name, name.startsWith('lrp') || name === 'gradient' ? {} : { n: 2 }),
        target: 1,
      });
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name: input, shape }) => {
          const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
          const count = sizes.reduce((a, b) => a * b, 1);
          return [
            input!,
            tensor(
              Float32Array.from({ length: count }, (_, at) => ((at * 7) % 11) / 10),
              sizes,
            ),
          ];
        }),
      );
      const looked = watched(graph);
      const seen = evaluate(looked.graph, feeds);
      const map = evaluate(graph, feeds).relevance!.data;
      expect(seen.relevance!.data).toEqual(map);
      expect(looked.reads.length).toBeGreaterThan(0);
      const keys = looked.reads.map(({ key }) => key);
      const fed = { ...feeds, ...Object.fromEntries(keys.map((key) => [key, seen[key]!])) };
      expect(evaluate(given(graph, new Set(keys)), fed).relevance!.data).toEqual(map);
    }
  });
});
