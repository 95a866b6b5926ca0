/** Weights that a loop's body reads: in the graph around it, or its own. That they mean the same, the conformance suite says. */
import { Builder, type Graph, N, repeat, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../src';

const SIZE = 12;

/** A matrix that is read before a loop and in it. */
function looped(): Graph {
  const g = new Builder();
  const x = g.input('x', [N, SIZE]);
  const weights = g.constantOf(
    tensor(
      Float32Array.from({ length: SIZE * SIZE }, (_, at) => Math.sin(at) / SIZE),
      [SIZE, SIZE],
    ),
    'weights',
  );
  const [sum] = repeat(g, 3, (step) => {
    return [g.matMul(g.add(x, g.cast(step, 'float32')), weights)];
  });
  return g.finish({ inputs: [x], outputs: { before: g.matMul(x, weights), sum: sum! } });
}

describe('weights of a loop', () => {
  it('are written once, or once more where the body has its own', () => {
    const shared = writeOnnx(looped()).length;
    const own = writeOnnx(looped(), { loopWeights: 'own' }).length;
    const matrix = 4 * SIZE * SIZE;
    expect(own - shared).toBeGreaterThan(matrix);
    expect(own - shared).toBeLessThan(matrix + 100);
  });
});
