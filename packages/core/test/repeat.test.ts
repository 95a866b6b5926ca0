import { describe, expect, it } from 'vitest';
import { Builder, type Graph, lower, N, nodesOf, repeat } from '../src/index';

const opsOf = (graph: Graph) => nodesOf(graph).map(({ op }) => op);

describe('repeat', () => {
  it('computes what does not depend on the step once, outside, and hands it to the body', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const weights = g.constant([1, 2, 3], [3]);
    const [sum] = repeat(g, 4, (step) => {
      const same = g.op('Exp', [x]);
      return [g.mul(g.mul(same, weights), g.op('Tanh', [g.add(x, g.cast(step, 'float32'))]))];
    });
    const graph = g.finish({ inputs: [x], outputs: { sum: sum! } });
    expect(opsOf(graph)).toEqual(['Exp', 'Mul', 'Repeat']);
    const body = sum!.node!.attributes.body as Graph;
    expect(opsOf(body).sort()).toEqual(['Add', 'Cast', 'Mul', 'Tanh']);
    expect(body.inputs.length).toBe(1 + sum!.node!.inputs.length);
  });

  it('gives a sum without a loop where nothing depends on the step, or there is one step', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const [same] = repeat(g, 4, () => [g.op('Exp', [x])]);
    const [once] = repeat(g, 1, (step) => [g.add(x, g.cast(step, 'float32'))]);
    expect(opsOf(g.finish({ inputs: [x], outputs: { same: same!, once: once! } }))).not.toContain('Repeat');
  });

  it('is lowered inside too', () => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 4, 4]);
    const [sum] = repeat(g, 2, (step) => {
      const moved = g.add(x, g.cast(step, 'float32'));
      const pool = g.node('MaxPool', [moved], { kernel_shape: [2, 2], strides: [2, 2] });
      return [g.op('MaxPoolGrad', [moved, pool.outputs[0]], pool.attributes)];
    });
    const lowered = lower(g.finish({ inputs: [x], outputs: { sum: sum! } }));
    const body = lowered.outputs.sum!.node!.attributes.body as Graph;
    expect(opsOf(body)).not.toContain('MaxPoolGrad');
  });
});
