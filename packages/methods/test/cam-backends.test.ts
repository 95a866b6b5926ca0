/** Every class activation map in one program, in float32 on onnxruntime and on tfjs, beside double arithmetic. */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { type Backend, createExplainer, type Tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../tfjs/src/index';
import { withoutArrays } from '../../tfjs/test/backends';
import {
  eigenCam,
  eigenGradCam,
  gradCam,
  gradCamPlusPlus,
  guidedGradCam,
  hiResCam,
  layerCam,
  xGradCam,
} from '../src/index';
import { expectClose, float32, type Packed } from './fixtures';

const read = (path: string) => readFileSync(new URL(`./${path}`, import.meta.url));

/** A network, its file, its input, and two layers of it. */
const nets: readonly [string, string, readonly string[]][] = [
  ['plain', 'fixtures/plain.onnx', ['1', '5']],
  ['residual', 'fixtures/residual.onnx', ['layer1', 'layer2']],
  ['transformer', 'golden-cam/transformer.onnx', ['blocks.0', 'blocks.1.norm1']],
  ['channels-last', 'golden-cam/channels-last-dynamo.onnx', ['blocks.0', 'blocks.1']],
];

const backends: Readonly<Record<string, Backend>> = {
  onnxruntime: onnxruntimeBackend(ort),
  'onnxruntime, portable forms': onnxruntimeBackend(ort, { portable: true }),
  'tfjs cpu': tfjsBackend(),
  'tfjs cpu without arrays': withoutArrays,
};

/** Of a map's largest value: some dozens of roundings of 2^-24; measured below 2e-6. */
const FLOAT32 = 5e-6;

describe.each(nets)('%s', (net, file, layers) => {
  const model = readOnnx(read(file));
  const { data, shape } = float32(JSON.parse(read(`golden-cam/${net}.json`).toString()).input as Packed);
  const five: Tensor = {
    data: Float32Array.from({ length: (data.length / 2) * 5 }, (_, at) => data[at % data.length]!),
    shape: [5, ...shape.slice(1)],
    dtype: 'float32',
  };
  const methods = [
    ...[gradCam, gradCamPlusPlus, hiResCam, layerCam, xGradCam, eigenCam, eigenGradCam].map((make) => make()),
    layerCam({ layers, upsample: 'bicubic' }),
    ...(net === 'transformer' ? [] : [guidedGradCam()]),
  ];
  const explained = async (backend: Backend) => {
    const explainer = await createExplainer(model, { backend, method: methods, target: 1 });
    const { relevances } = await explainer.explain(five);
    await explainer.dispose();
    return relevances;
  };

  it.each(Object.keys(backends))('on %s', async (name) => {
    const expected = await explained(referenceBackend());
    const actual = await explained(backends[name]!);
    expect(Object.keys(actual)).toHaveLength(methods.length);
    for (const [id, map] of Object.entries(actual)) expectClose(map, expected[id]!, FLOAT32, id);
  });
});
