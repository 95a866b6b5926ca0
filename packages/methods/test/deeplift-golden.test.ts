/**
 * DeepLIFT programs in double arithmetic against Captum's float64 maps, and where Captum can't (windows that overlap,
 * ReLU6, a ReLU that is called twice) against the rules written as autograd functions: tools/reference/deeplift.py.
 */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { createExplainer, type Method } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { describe, it } from 'vitest';
import { deepLift } from '../src/deeplift/deep-lift';
import { deepLiftShap } from '../src/deeplift/deep-lift-shap';
import { layerDeepLift } from '../src/deeplift/layer-deep-lift';
import { at, CLASSES, EXACT, expectClose, float32, float64, type Packed } from './fixtures';

interface Golden {
  readonly file: string;
  readonly input: Packed;
  readonly given: Packed;
  readonly several: Packed;
  readonly output: Packed;
  /** [targets, images, …] by baseline. */
  readonly 'deep-lift': Readonly<Record<string, Packed>>;
  readonly 'deep-lift-shap'?: Packed;
  /** By layer and upsampling, against the given baseline. */
  readonly layers?: Readonly<Record<string, Packed>>;
}

const read = (path: string) => readFileSync(new URL(`./${path}`, import.meta.url));
const backend = referenceBackend();

/** Weights of a resize by 3 or 4 are rounded to float32. */
const ROUNDED_CONSTANTS = 2e-7;

const nets = ['windows', 'dense', 'tokens', 'smooth', 'shared', 'plain', 'residual', 'mobile'];

describe.each(nets)('%s', (net) => {
  const golden = JSON.parse(read(`golden-deeplift/${net}.json`).toString()) as Golden;
  const graph = readOnnx(read(`${golden.file}.onnx`));
  const images = float32(golden.input);
  const given = { ...float32(golden.given), shape: golden.given.shape.slice(1) };
  const baselineOf = (key: string) => (key === 'given' ? given : Number(key));

  async function expectMaps(method: Method, expected: Packed, bound = EXACT) {
    const explainer = await createExplainer(graph, { backend, method, target: 'input' });
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(images, { target });
      expectClose(relevance, at(expected, target), bound, `target ${target}`);
    }
  }

  it('gives the scores that PyTorch gives', async () => {
    const explainer = await createExplainer(graph, { backend, method: deepLift() });
    expectClose((await explainer.explain(images)).output, float64(golden.output), EXACT);
  });

  it.each(Object.keys(golden['deep-lift']))('deep-lift against the baseline %s', async (key) => {
    await expectMaps(deepLift({ baseline: baselineOf(key) }), golden['deep-lift'][key]!);
  });

  it.each(golden['deep-lift-shap'] ? [golden['deep-lift-shap']] : [])(
    'deep-lift-shap against three images',
    async (expected) => {
      await expectMaps(deepLiftShap({ baselines: float32(golden.several) }), expected);
    },
  );

  it.each(Object.entries(golden.layers ?? {}))('layer-deep-lift at %s', async (key, expected) => {
    const [layer, upsample] = key.split(' ') as [string, 'none' | 'bilinear' | 'bicubic'];
    const channels = upsample === 'none' ? 'all' : 'sum';
    const method = layerDeepLift({ layer, baseline: given, channels, upsample });
    await expectMaps(method, expected, upsample === 'none' ? EXACT : ROUNDED_CONSTANTS);
  });
});
