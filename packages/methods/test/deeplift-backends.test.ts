/** The three DeepLIFT methods in one program, in float32 on onnxruntime and on tfjs, beside double arithmetic. */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { type Backend, compile, createExplainer, nodesOf } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../tfjs/src/index';
import { withoutArrays } from '../../tfjs/test/backends';
import { deepLift, deepLiftShap, gradient, layerDeepLift } from '../src/index';
import { CLASSES, expectClose, float32, type Packed } from './fixtures';

const read = (path: string) => readFileSync(new URL(`./${path}`, import.meta.url));

interface Golden {
  readonly input: Packed;
  readonly several: Packed;
}

/** A network and a layer of it. */
const nets: readonly [string, string, string][] = [
  ['shared', 'golden-deeplift/shared.onnx', 'layer1'],
  ['smooth', 'golden-deeplift/smooth.onnx', '3'],
  ['residual', 'fixtures/residual.onnx', 'layer2'],
  ['mobile', 'fixtures/mobile.onnx', 'block'],
  ['dense', 'fixtures/dense.onnx', 'layer2'],
];

const backends: Readonly<Record<string, Backend>> = {
  onnxruntime: onnxruntimeBackend(ort),
  'onnxruntime, portable forms': onnxruntimeBackend(ort, { portable: true }),
  'tfjs cpu': tfjsBackend(),
  'tfjs cpu without arrays': withoutArrays,
};

describe.each(nets)('%s', (net, file, layer) => {
  const model = readOnnx(read(file));
  const golden = JSON.parse(read(`golden-deeplift/${net}.json`).toString()) as Golden;
  const images = float32(golden.input);
  const methods = [
    deepLift(),
    layerDeepLift({ layer, upsample: 'bicubic' }),
    deepLiftShap({ baselines: float32(golden.several) }),
    gradient(),
  ];

  const explained = async (backend: Backend) => {
    const explainer = await createExplainer(model, { backend, method: methods, target: 'input' });
    const maps = [];
    for (let target = 0; target < CLASSES; target++) {
      maps.push((await explainer.explain(images, { target })).relevances);
    }
    await explainer.dispose();
    return maps;
  };

  it.each(Object.keys(backends))('on %s', async (name) => {
    const [maps, truths] = [await explained(backends[name]!), await explained(referenceBackend())];
    for (const [target, truth] of truths.entries()) {
      expect(Object.keys(truth)).toEqual(['deep-lift', 'layer-deep-lift', 'deep-lift-shap', 'gradient']);
      for (const [id, map] of Object.entries(truth)) {
        expectClose(maps[target]![id]!, map, 1e-5, `${id}, target ${target}`);
      }
    }
  });

  it('shares the forward pass among them', () => {
    const forward = nodesOf(model).filter(({ op }) => op === 'Conv').length;
    const { graph } = compile(model, { method: methods });
    const batched = nodesOf(graph).filter(({ op, outputs }) => op === 'Conv' && outputs[0]!.shape[0] !== 1);
    expect(batched).toHaveLength(forward);
  });
});
