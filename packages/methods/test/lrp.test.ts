/** Composites and rectifier methods on whole networks, in double arithmetic against Zennit. */

import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import {
  createExplainer,
  type Graph,
  type Method,
  type Procedure,
  type Tensor,
} from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { describe, it } from 'vitest';
import {
  byName,
  byOperator,
  epsilonPlus,
  gamma,
  lrp,
  type MethodOptions,
  method,
  mixed,
  specialFirst,
  wSquare,
  zPlus,
} from '../src/index';
import { CLASSES, EXACT, expectClose, float32, float64, model, type Packed } from './fixtures';
import { goldenLrp } from './rule-cases';

interface Golden {
  readonly input: Packed;
  readonly output: Packed;
  readonly expected: Readonly<Record<string, Packed>>;
}

const backend = referenceBackend();
const gates = () => readOnnx(readFileSync(new URL('./golden-lrp/gates.onnx', import.meta.url)));

/** The first image's first class, the second's last. */
async function mapOf(graph: Graph, method: Method | Procedure, input: Packed): Promise<Tensor> {
  const explainer = await createExplainer(graph, { backend, method, target: 'input' });
  return (await explainer.explain(float32(input), { target: [0, CLASSES - 1] })).relevance;
}

/** `lrp-epsilon-plus bias=false` */
function methodOf(key: string) {
  const [id, option] = key.split(' ') as [string, string?];
  const box: MethodOptions = id === 'lrp-epsilon-gamma-box' ? { low: '-3,-4', high: '3.5, 4.5' } : {};
  const [name, value] = option?.split('=') ?? [];
  return method(id, { ...box, ...(name && { [name]: JSON.parse(value!) }) }) as Method;
}

/** By file; those of which the exporter did not round the weights. */
const files = {
  plain: 'plain',
  'plain-dynamo': 'plain',
  residual: 'residual',
  windows: 'windows',
  'windows-dynamo': 'windows',
  mobile: 'mobile',
  dense: 'dense',
  tokens: 'tokens',
  'tokens-dynamo': 'tokens',
  gates: 'gates',
};

describe.each(Object.entries(files))('%s', (file, net) => {
  const { input, expected } = goldenLrp<Golden>(net);
  const graph = file === 'gates' ? gates() : model(file);
  it.each(Object.keys(expected))('%s is what Zennit gives', async (key) => {
    const map = await mapOf(graph, methodOf(key), input);
    expectClose(map, float64(expected[key]!), EXACT, key);
  });
});

describe('composites of a user', () => {
  const { input, expected } = goldenLrp<Golden>('user');
  const named = byName({ 'layer1.0.conv2': gamma(0.5), 'layer2.0.downsample.0': gamma(0.5), fc: zPlus() });

  it('a special first layer, layers by name, the rest as in a composite: what Zennit gives', async () => {
    const first = specialFirst(byOperator({ Conv: wSquare() }), () => undefined);
    const composite = mixed(first, named, epsilonPlus());
    const map = await mapOf(model('residual'), lrp('own', composite), input);
    expectClose(
      map,
      float64(expected['w-square first, gamma and z-plus by name, else epsilon-plus']!),
      EXACT,
    );
  });
});
