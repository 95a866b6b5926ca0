/** Composites and rectifier methods on whole networks, in double arithmetic against Zennit. */

import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  compile,
  createExplainer,
  type Graph,
  type Method,
  N,
  type Tensor,
} from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { describe, expect, it } from 'vitest';
import {
  average,
  betaSmooth,
  byName,
  byOperator,
  conditioned,
  crp,
  epsilon,
  epsilonPlus,
  epsilonPlusFlat,
  gamma,
  gradient,
  lrp,
  type MethodOptions,
  method,
  mixed,
  pass,
  specialFirst,
  residual as sum,
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
const own = (name: string) => readOnnx(readFileSync(new URL(`./golden-lrp/${name}.onnx`, import.meta.url)));

/** The first image's first class, the second's last. */
async function mapOf(graph: Graph, method: Method, input: Packed): Promise<Tensor> {
  const explainer = await createExplainer(graph, { backend, method, target: 'input' });
  return (await explainer.explain(float32(input), { target: [0, CLASSES - 1] })).relevance;
}

/** `lrp-epsilon-plus bias=false` */
function methodOf(key: string) {
  const [id, ...given] = key.split(' ') as [string, ...string[]];
  const box: MethodOptions = id === 'lrp-epsilon-gamma-box' ? { low: '-3,-4', high: '3.5, 4.5' } : {};
  const options = given.map((option) => option.split('=')).map(([name, value]) => [name, JSON.parse(value!)]);
  return method(id, { ...box, ...Object.fromEntries(options) }) as Method;
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
  attention: 'attention',
  'attention-dynamo': 'attention',
};

describe.each(Object.entries(files))('%s', (file, net) => {
  const { input, expected } = goldenLrp<Golden>(net);
  const graph = /gates|attention/.test(file) ? own(file) : model(file);
  it.each(Object.keys(expected))('%s is what Zennit gives', async (key) => {
    const map = await mapOf(graph, methodOf(key), input);
    expectClose(map, float64(expected[key]!), EXACT, key);
  });
});

const { input, expected } = goldenLrp<Golden>('user');

describe('composites of a user', () => {
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

  it('a pattern means the linear layers that it matches, and earlier names win', async () => {
    const residual = model('residual');
    const byPattern = mixed(byName({ 'layer1.0.conv2': gamma(0.5), 'layer*.**': wSquare() }), epsilonPlus());
    const one = wSquare();
    const byName1 = mixed(
      byName({
        'layer1.0.conv2': gamma(0.5),
        'layer1.0.conv1': one,
        'layer2.0.conv1': one,
        'layer2.0.conv2': one,
        'layer2.0.downsample.0': one,
      }),
      epsilonPlus(),
    );
    const map = await mapOf(residual, lrp('own', byPattern), input);
    expect(map).toEqual(await mapOf(residual, lrp('own', byName1), input));
    expect(map).not.toEqual(await mapOf(residual, lrp('own', epsilonPlus()), input));
  });

  it('a dense layer is known by its name where the file has it as MatMul and Add', async () => {
    const { input, expected } = goldenLrp<Golden>('tokens');
    const tokens = model('tokens');
    const rule = epsilon(0.25);
    const all = byName({ mix: rule, out: rule, head: rule });
    const map = await mapOf(tokens, lrp('own', mixed(all, epsilonPlus())), input);
    expectClose(map, float64(expected['lrp-epsilon-plus epsilon=0.25']!), EXACT);
  });

  it('rules by operator or by what a node is for make up a composite', async () => {
    const residual = model('residual');
    const composite = byOperator({
      Conv: zPlus(),
      linear: epsilon(),
      activation: pass,
      average: average(),
      residual: sum(),
    });
    const map = await mapOf(residual, lrp('own', composite), input);
    expect(map).toEqual(await mapOf(residual, lrp('own', epsilonPlus()), input));
  });

  it('a name that matches nothing is an error with the nearest names', async () => {
    const wrong = lrp('own', mixed(byName({ layer3: zPlus() }), epsilonPlus()));
    await expect(mapOf(model('residual'), wrong, input)).rejects.toMatchObject({
      code: 'unknown-name',
      message: expect.stringMatching(/"layer3"; the nearest are "layer1", "layer2"/),
    });
  });

  it('the first layer is first, whatever joins the input behind it', async () => {
    const g = new Builder();
    const x = g.input('x', [N, 2, 4, 4]);
    const weights = () => g.constant([1, 2, 3, 4], [2, 2, 1, 1]);
    const first = g.op('Conv', [x, weights()], {}, { name: 'first' });
    const beside = g.op('Conv', [g.op('Relu', [x]), weights()], {}, { name: 'beside' });
    const joined = g.add(g.add(x, first), beside);
    const last = g.op('Conv', [joined, weights()], {}, { name: 'last' });
    const y = g.op('Flatten', [g.op('GlobalAveragePool', [last])]);
    const seen: string[] = [];
    const look = mixed((node, position) => {
      if (position.first) seen.push(node.name!);
      return undefined;
    }, epsilonPlus());
    compile(g.finish({ inputs: [x], outputs: { y } }), { method: lrp('own', look) });
    expect(seen.sort()).toEqual(['beside', 'first']);
  });
});

describe('relevance under a condition', () => {
  it.each([
    ['channels 1, 3 of layer1', 'layer1', '1,3'],
    ['channel 2 of layer2', 'layer2', '2'],
  ])('%s: what Zennit gives where relevance is masked there', async (key, layer, channels) => {
    const map = await mapOf(model('residual'), method('crp', { layer, channels }) as Method, input);
    expectClose(map, float64(expected[key]!), EXACT);
  });

  it('of a layer that all paths pass, the parts of its channels add up to the whole', async () => {
    const graph = model('residual');
    const parts = await Promise.all(
      [[0, 2], [1], [3]].map((channels) => mapOf(graph, crp({ layer: 'layer1', channels }), input)),
    );
    const whole = await mapOf(graph, lrp('own', epsilonPlusFlat()), input);
    const sum = (whole.data as Float64Array).map((_, at) =>
      parts.reduce((total, part) => total + Number(part.data[at]), 0),
    );
    expectClose({ ...whole, data: sum }, whole, 1e-12);
  });

  it('of several layers at once all conditions hold', async () => {
    const conditions = { layer1: [1, 3], layer2: [2] };
    const both = lrp('own', conditioned(epsilonPlusFlat(), conditions));
    const twice = lrp(
      'own',
      conditioned(conditioned(epsilonPlusFlat(), { layer2: [2] }), { layer1: [1, 3] }),
    );
    const map = await mapOf(model('residual'), both, input);
    expect(map).toEqual(await mapOf(model('residual'), twice, input));
    expect(map).not.toEqual(
      await mapOf(model('residual'), crp({ layer: 'layer1', channels: [1, 3] }), input),
    );
  });

  it('channels of tokens are their last axis', async () => {
    const { input } = goldenLrp<Golden>('tokens');
    const parts = await Promise.all(
      [
        [0, 1, 2, 7],
        [3, 4, 5, 6],
      ].map((channels) => mapOf(model('tokens'), crp({ layer: 'mix', channels }), input)),
    );
    const whole = await mapOf(model('tokens'), lrp('own', epsilonPlusFlat()), input);
    const sum = (whole.data as Float64Array).map(
      (_, at) => Number(parts[0]!.data[at]) + Number(parts[1]!.data[at]),
    );
    expectClose({ ...whole, data: sum }, whole, 1e-12);
  });

  it.each([
    [{ layer: 'layer1', channels: '4' }, /"layer1" has no channel 4; it has 0 to 3/],
    [{ layer: 'layer1', channels: '1;2' }, /channels of crp are indices/],
    [{ layer: 'layer1' }, /crp needs a layer and the channels/],
    [{ layer: 'layer9', channels: '1' }, /no layer is called "layer9"/],
  ])('refuses %j', (options, message) => {
    expect(() => compile(model('residual'), { method: method('crp', options) })).toThrow(message);
  });
});

describe('excitation-backprop, deconvnet and beta-smooth', () => {
  it.each(['guided-backprop', 'deconvnet', 'beta-smooth'])('%s refuses a model without a rectifier', (id) => {
    const g = new Builder();
    const x = g.input('x', [N, 1, 3, 3]);
    const y = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Clip', [x], { min: -1, max: 1 })])]);
    const smooth = g.finish({ inputs: [x], outputs: { y } });
    expect(() => compile(smooth, { method: method(id) })).toThrow(
      new RegExp(`${id} needs a Relu .or Clip from 0., whose rule it changes, and the model has no Relu`),
    );
  });

  it('a steep beta-smooth is the gradient', async () => {
    const steep = await mapOf(model('mobile'), betaSmooth({ beta: 1e9 }), goldenLrp<Golden>('mobile').input);
    expectClose(steep, await mapOf(model('mobile'), gradient(), goldenLrp<Golden>('mobile').input), 1e-9);
  });
});
