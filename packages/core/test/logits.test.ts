/** Models that end in a softmax or a sigmoid, explained in front of it. */
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  createExplainer,
  type Graph,
  logitsOf,
  type Method,
  N,
  nodesOf,
  type Value,
} from '../src/index';

const gradient: Method = {
  id: 'gradient',
  options: {},
  build: ({ input, backward }) => backward([input]).get(input)!,
};

/** Four classes of eight numbers; `end` makes the outputs of the logits. */
function model(end: (g: Builder, logits: Value) => Record<string, Value>): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 8]);
  const weight = g.constantOf(randomTensor('logits', [8, 4], normal, 'float32'));
  return g.finish({ inputs: [x], outputs: end(g, g.matMul(g.op('Tanh', [x]), weight)) });
}

const operators = (graph: Graph) => nodesOf(graph).map(({ op }) => op);
const plain = model((_, logits) => ({ p: logits }));
const images = randomTensor('logits/images', [3, 8], normal, 'float32');

describe('logitsOf', () => {
  it.each(['Softmax', 'LogSoftmax', 'Sigmoid'])('explains the logits behind a %s', async (op) => {
    const explained = async (graph: Graph) => {
      const explainer = await createExplainer(graph, { backend: referenceBackend(), method: gradient });
      return explainer.explain(images);
    };
    const ended = model((g, logits) => ({ p: g.op(op, [logits], op === 'Sigmoid' ? {} : { axis: 1 }) }));
    const [expected, found, before] = await Promise.all([plain, logitsOf(ended), ended].map(explained));
    expect(found!.output.data).toEqual(expected!.output.data);
    expect(found!.relevance.data).toEqual(expected!.relevance.data);
    expect(before!.relevance.data).not.toEqual(expected!.relevance.data);
  });

  it('keeps what only tells the numbers otherwise behind it, and the names of outputs', () => {
    const ended = model((g, logits) => ({
      p: g.reshape(g.op('Softmax', [g.reshape(logits, [N, 1, 4])], { axis: 2 }), [N, 4]),
    }));
    const { outputs } = logitsOf(ended);
    expect(Object.keys(outputs)).toEqual(['p']);
    expect(outputs.p!.shape).toEqual([N, 4]);
    expect(operators(logitsOf(ended))).not.toContain('Softmax');
  });

  it('leaves a sigmoid in the middle, and one that something else reads', () => {
    const gated = (g: Builder, logits: Value) => {
      const gate = g.op('Sigmoid', [logits]);
      return { gate, gated: g.mul(logits, gate), p: g.op('Softmax', [logits], { axis: 1 }) };
    };
    expect(operators(logitsOf(model(gated)))).toContain('Sigmoid');
    expect(operators(logitsOf(model(gated)))).not.toContain('Softmax');
  });

  it('refuses a model that ends otherwise, and says in what', () => {
    expect(() => logitsOf(plain)).toThrow(/no output .* ends in a softmax or a sigmoid \(but in MatMul/);
  });
});
