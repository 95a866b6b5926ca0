import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  createExplainer,
  type Graph,
  N,
  type Objective,
  regression,
  type Value,
} from '@regional-saliency/core';
import { absorbed } from '@regional-saliency/methods';
import { describe, expect, it } from 'vitest';
import { arrives, conserves } from '../examine';
import { type Entry, ledger, unstabilized } from '../ledger';

const images = randomTensor('ledger', [2, 2, 4, 4], normal, 'float32');

/** A convolution on [N, 2, 4, 4], and what comes behind it. */
function model(behind: (g: Builder, hidden: Value) => Value, weights: (value: number) => number): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2, 4, 4]);
  const { data, shape } = randomTensor('ledger/conv', [3, 2, 3, 3], normal, 'float32');
  const kernel = g.constant(Float32Array.from(data as Float32Array, weights), shape);
  const hidden = g.op('Conv', [x, kernel], { pads: [1, 1, 1, 1] });
  return g.finish({ inputs: [x], outputs: { y: behind(g, hidden) } });
}

/** What the books say by cause, an image, and what does not arrive. */
async function booksOf(graph: Graph, objective: Objective = regression()) {
  const entries: Entry[] = [];
  const backend = referenceBackend();
  const books = await createExplainer(graph, { backend, method: ledger(entries), objective });
  const { relevance } = await books.explain(images);
  const rule = await createExplainer(graph, { backend, method: unstabilized, objective });
  const lost = [...absorbed((await rule.explain(images)).relevance)];
  const sum = (image: number, cause?: Entry['cause']) =>
    entries.reduce((total, entry, at) => {
      const amount = Number(relevance.data[image * entries.length + at]);
      return total + (cause === undefined || entry.cause === cause ? amount : 0);
    }, 0);
  const of = (cause?: Entry['cause']) => [0, 1].map((image) => sum(image, cause));
  return { of, lost };
}

const mean = (g: Builder, value: Value) => g.op('ReduceMean', [value], { axes: [1, 2, 3], keepdims: 0 });
const flat = (g: Builder, value: Value) => g.reshape(value, [N, 48]);
const close = (found: readonly number[], expected: readonly number[]) => {
  for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 6);
};

describe('the books of EpsilonPlus', () => {
  it('add up to what does not arrive, and find nothing lost where each unit has something to share by', async () => {
    const { of, lost } = await booksOf(
      model(
        (g, hidden) => mean(g, g.op('Relu', [hidden])),
        (w) => w,
      ),
    );
    close(of(), lost);
    close(of('kept'), [0, 0]);
  });

  it('are of each image where a reshape has joined the batch with what an image has', async () => {
    const graph = model(
      (g, hidden) => {
        const joined = g.op('Relu', [g.reshape(g.op('Relu', [hidden]), [{ batch: 48 }])]);
        // Where the first channel is closed nothing contributes positively, which is another share of each image.
        const down = g.constant(Float32Array.of(1, -1, -1), [1, 3, 1, 1]);
        return mean(g, g.op('Conv', [g.reshape(joined, [N, 3, 4, 4]), down], {}));
      },
      (w) => w,
    );
    const { of, lost } = await booksOf(graph);
    expect(Math.abs(lost[0]! - lost[1]!)).toBeGreaterThan(0.01);
    close(of('nothing positive'), lost);
    close(of('kept'), [0, 0]);
  });

  it('say where a sum is exactly 0: nothing arrives, which is not conserving', async () => {
    const closed = (g: Builder, hidden: Value) => {
      const open = flat(g, g.op('Relu', [hidden]));
      const none = g.op('Gemm', [open, g.constant(new Float32Array(48).fill(-1), [48, 1])]);
      return g.op('Relu', [none]);
    };
    const { of, lost } = await booksOf(
      model(
        (g, hidden) => g.add(closed(g, hidden), closed(g, hidden)),
        (w) => w,
      ),
    );
    close(of('sum of 0'), [1, 1]);
    close(of('kept'), [0, 0]);
    expect(conserves(lost, of('sum of 0'))).toBe(true);
    expect(arrives(lost)).toBe(false);
  });

  it('say what stays at units to which nothing contributes positively', async () => {
    // Without a rectifier behind it, a unit may count though z⁺ has nothing to share it by.
    const graph = model(
      (g, hidden) => {
        const open = g.op('Relu', [hidden]);
        const down = g.constant(Float32Array.of(-1, -1, -1), [1, 3, 1, 1]);
        return mean(g, g.op('Conv', [open, down], {}));
      },
      (w) => w,
    );
    const { of, lost } = await booksOf(graph);
    close(of('nothing positive'), lost);
    close(of('kept'), [0, 0]);
    expect(arrives(lost)).toBe(false);
  });

  it('say what stays at the place of a maximum, which goes in steps', async () => {
    const graph = model(
      (g, hidden) => {
        const place = g.cast(g.op('ArgMax', [flat(g, hidden)], { axis: 1, keepdims: 1 }), 'float32');
        const offset = g.op('Relu', [g.slice(flat(g, hidden), [0], [1], [1])]);
        return g.add(place, g.add(offset, g.scalar(0.25)));
      },
      (w) => Math.abs(w),
    );
    const { of, lost } = await booksOf(graph);
    const stays = of('no derivative');
    for (const share of stays) expect(share).toBeGreaterThan(0.1);
    close(of(), lost);
  });
});
