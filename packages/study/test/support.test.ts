/** Which methods a model supports, from the graph alone. */
import { Builder, N } from '@regional-saliency/core';
import { methods } from '@regional-saliency/methods';
import { describe, expect, it } from 'vitest';
import { showSupport, supportOf } from '../src/commands/support';

/** A convolution, `op` in place of its activation, and two scores. */
function network(op: 'Relu' | 'Tanh' | 'MaxPoolGrad') {
  const g = new Builder();
  const x = g.input('x', [N, 1, 16, 16]);
  const weights = (...shape: number[]) => {
    const size = shape.reduce((a, b) => a * b);
    return g.constant(
      Float32Array.from({ length: size }, (_, at) => Math.sin(at + 1)),
      shape,
    );
  };
  const hidden = g.op('Conv', [x, weights(4, 1, 3, 3)]);
  const [inputs, attributes] =
    op === 'MaxPoolGrad' ? [[hidden, hidden], { kernel_shape: [1, 1] }] : [[hidden], {}];
  const active = g.node(op, inputs, attributes, { name: '/middle/act' }).outputs[0]!;
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Conv', [active, weights(2, 4, 3, 3)])])]);
  return g.finish({ inputs: [x], outputs: { scores: pooled } });
}

const idsOf = (support: ReturnType<typeof supportOf>, answer: string) =>
  Object.keys(support).filter((id) => support[id]!.answer === answer);

describe('support', () => {
  it('is full where there is a Relu, but for what can’t be told without an option', () => {
    const support = supportOf(network('Relu'));
    expect(idsOf(support, 'no')).toEqual([]);
    expect(idsOf(support, 'asks')).toEqual(['crp']);
    expect(Object.keys(support)).toEqual(Object.keys(methods));
  });

  it('names what is missing: methods that change a Relu’s rule need one', () => {
    const support = supportOf(network('Tanh'));
    expect(idsOf(support, 'no')).toEqual(['guided-backprop', 'deconvnet', 'beta-smooth', 'guided-grad-cam']);
    const shown = showSupport(support).join(' ').replace(/ +/g, ' ');
    expect(shown).toContain('no guided-backprop, deconvnet, beta-smooth: needs a Relu');
    expect(shown).toContain('no guided-grad-cam: needs a Relu');
  });

  it('names the first node that relevance can’t pass; what only needs predictions is left', () => {
    const support = supportOf(network('MaxPoolGrad'));
    expect(support.gradient).toEqual({
      answer: 'no',
      reason: expect.stringContaining(`can't pass MaxPoolGrad "/middle/act"`),
    });
    expect(support.occlusion).toEqual({ answer: 'yes' });
    expect(support['grad-cam']).toEqual({ answer: 'yes' });
    const shown = showSupport(support).join(' ').replace(/ +/g, ' ');
    expect(shown).toContain('gradient, input-x-gradient, ');
    expect(shown.split(`can't pass MaxPoolGrad "/middle/act"`).length - 1).toBeLessThan(8);
  });
});
