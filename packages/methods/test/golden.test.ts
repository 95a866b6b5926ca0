/**
 * Our programs in double arithmetic against Captum's and Zennit's maps of the same networks, from files of both of
 * PyTorch's exporters.
 */
import { referenceBackend } from '@regional-saliency/conformance';
import { createExplainer, type Graph, type Tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import {
  at,
  CLASSES,
  EXACT,
  expectClose,
  float32,
  float64,
  type Golden,
  golden,
  methodOf,
  model,
  type Packed,
} from './fixtures';

/**
 * Constants that are no dyadic numbers are rounded to float32, by up to 2^-24 (6e-8) each: the weights of an upsampling
 * by 3 (1/3, 2/3), of which a pixel reads up to 16.
 */
const ROUNDED_CONSTANTS = 2e-7;

/**
 * The exporters fold batch norms in float32, in an order of their own, so some weights differ from ours by their last
 * bit, 2^-24 to 2^-23; up to six layers pass that on.
 */
const FOLDED_BY_EXPORTER = 1e-6;

const files: readonly { file: string; net: string; bound: number }[] = [
  { file: 'plain', net: 'plain', bound: EXACT },
  { file: 'plain-batch2', net: 'plain', bound: EXACT },
  { file: 'plain-dynamo', net: 'plain', bound: EXACT },
  { file: 'plain-dynamo-batch2', net: 'plain', bound: EXACT },
  { file: 'residual', net: 'residual', bound: EXACT },
  { file: 'residual-folded', net: 'residual', bound: FOLDED_BY_EXPORTER },
  { file: 'residual-dynamo', net: 'residual', bound: FOLDED_BY_EXPORTER },
  { file: 'windows', net: 'windows', bound: EXACT },
  { file: 'windows-dynamo', net: 'windows', bound: EXACT },
  { file: 'mobile', net: 'mobile', bound: EXACT },
  { file: 'mobile-dynamo', net: 'mobile', bound: FOLDED_BY_EXPORTER },
  { file: 'dense', net: 'dense', bound: EXACT },
  { file: 'dense-dynamo', net: 'dense', bound: FOLDED_BY_EXPORTER },
  { file: 'tokens', net: 'tokens', bound: EXACT },
  { file: 'tokens-dynamo', net: 'tokens', bound: EXACT },
];

const backend = referenceBackend();

/** The relevance of each image. */
function sums({ data, shape }: Tensor): number[] {
  const perImage = data.length / shape[0]!;
  const values = Array.from(data as Float64Array);
  return Array.from({ length: shape[0]! }, (_, image) =>
    values.slice(image * perImage, (image + 1) * perImage).reduce((sum, value) => sum + value),
  );
}

async function expectMap(
  graph: Graph,
  key: string,
  input: Packed,
  expected: Packed,
  bound: number,
  capture: readonly string[] = [],
) {
  const method = methodOf(key);
  const explainer = await createExplainer(graph, { backend, method, target: 'input', capture });
  for (let target = 0; target < CLASSES; target++) {
    const { relevance } = await explainer.explain(float32(input), { target });
    expectClose(relevance, at(expected, target), bound, `${key}, target ${target}`);
  }
}

describe.each(files)('$file', ({ file, net, bound }) => {
  const graph = model(file);
  const { input, output, expected, defaultLayer, folds = [], unfolded = {} } = golden<Golden>(net);

  it('gives the scores that PyTorch gives', async () => {
    const explainer = await createExplainer(graph, { backend, method: methodOf('gradient') });
    const explanation = await explainer.explain(float32(input));
    expectClose(explanation.output, float64(output), bound);
  });

  it.each(Object.keys(expected))('%s: every target of every image', async (key) => {
    const upsamplesBy3 = net === 'plain' && key.startsWith('grad-cam 3') && !key.endsWith('none');
    await expectMap(graph, key, input, expected[key]!, upsamplesBy3 ? ROUNDED_CONSTANTS : bound);
  });

  it('lrp-epsilon-plus leaves of each score what Zennit leaves: biases and unfolded norms take the rest', async () => {
    const method = methodOf('lrp-epsilon-plus');
    const explainer = await createExplainer(graph, { backend, method, target: 'input' });
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(float32(input), { target });
      const zennit = sums(at(expected['lrp-epsilon-plus']!, target));
      for (const [image, sum] of sums(relevance).entries()) {
        expect(Math.abs(sum - zennit[image]!)).toBeLessThan(bound * Math.max(1, Math.abs(zennit[image]!)));
        expect(Math.abs(sum - 1)).toBeGreaterThan(0.01);
      }
    }
  });

  const defaults = defaultLayer ? [defaultLayer] : [];
  it.each(defaults)('grad-cam without a layer reads %s', async () => {
    const [named, unnamed] = await Promise.all(
      [{ layer: defaultLayer! }, {}].map(async ({ layer }) => {
        const method = methodOf(layer ? `grad-cam ${layer}` : 'grad-cam');
        return (await createExplainer(graph, { backend, method })).explain(float32(input));
      }),
    );
    expect(unnamed!.relevance).toEqual(named!.relevance);
    expect(unnamed!.relevance.data.some((value) => value > 0)).toBe(true);
  });

  const keepsNorms = folds.every((layer) => graph.names.get(layer)?.node?.op === 'Conv') && file === net;
  it.each(keepsNorms ? Object.keys(unfolded) : [])(
    '%s of the network whose batch norms are kept, since the layers before them are captured',
    async (key) => {
      await expectMap(graph, key, input, unfolded[key]!, EXACT, folds);
    },
  );
});
