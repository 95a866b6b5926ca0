/** Attributions of a layer in double arithmetic against Captum's: tools/reference/layer_attributions.py. */
import { readFileSync } from 'node:fs';
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import { Builder, createExplainer, type Method, N } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { PathMethod } from '../src/gradient/steps';
import { conductance } from '../src/layer/conductance';
import { gradientXActivation } from '../src/layer/gradient-x-activation';
import { layerActivation } from '../src/layer/layer-activation';
import { layerIntegratedGradients } from '../src/layer/layer-integrated-gradients';
import { at, CLASSES, expectClose, float32, type Packed } from './fixtures';

interface Golden {
  readonly file: string;
  readonly layer: string;
  readonly steps: number;
  readonly input: Packed;
  readonly baseline: Packed;
  /** [targets, images, …layer] by method and its places. */
  readonly expected: Readonly<Record<string, Packed>>;
}

const read = (path: string) => readFileSync(new URL(`./${path}`, import.meta.url));
const backend = referenceBackend();

/** Places and weights of a path are constants in float32, each rounded by up to 2^-24. */
const ROUNDED_CONSTANTS = 1e-6;

describe.each(['plain', 'shared'])('%s', (net) => {
  const golden = JSON.parse(read(`golden-layer/${net}.json`).toString()) as Golden;
  const model = readOnnx(read(`${golden.file}.onnx`));
  const { layer, steps: n } = golden;
  const all = { layer, channels: 'all', upsample: 'none' } as const;

  it.each(Object.entries(golden.expected))('%s, every unit', async (key, expected) => {
    const [id, places] = key.split(' ') as [string, PathMethod];
    const path = { n, method: places, baseline: float32(golden.baseline) };
    const made: Record<string, () => Method> = {
      'layer-activation': () => layerActivation(all),
      'gradient-x-activation': () => gradientXActivation(all),
      'layer-integrated-gradients': () => layerIntegratedGradients({ ...all, ...path }),
      conductance: () => conductance({ ...all, ...path }),
    };
    const explainer = await createExplainer(model, { backend, method: made[id]!(), target: 'input' });
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(float32(golden.input), { target });
      expectClose(relevance, at(expected, target), ROUNDED_CONSTANTS, `target ${target}`);
    }
  });

  const methods = [
    layerActivation({ layer }),
    gradientXActivation({ layer }),
    layerIntegratedGradients({ layer, n: 3 }),
    conductance({ layer, n: 3 }),
  ];

  it('on onnxruntime, in one program, gives what double arithmetic gives', async () => {
    const [single, double] = await Promise.all(
      [onnxruntimeBackend(ort), backend].map(async (backend) => {
        const explainer = await createExplainer(model, { backend, method: methods, target: 1 });
        return (await explainer.explain(float32(golden.input))).relevances;
      }),
    );
    for (const [id, map] of Object.entries(double!)) expectClose(single![id]!, map, 1e-5, id);
  });

  it('sums channels and brings them to the size of the input', async () => {
    const explainer = await createExplainer(model, { backend, method: methods });
    const { relevances } = await explainer.explain(float32(golden.input));
    for (const map of Object.values(relevances)) expect(map.shape).toEqual([2, 1, 12, 12]);
  });
});

describe('on a network whose score is a square of its layer', () => {
  const g = new Builder();
  const x = g.input('x', [N, 2, 3, 3]);
  const layer = g.op('Tanh', [x]);
  const y = g.reduceSum(g.op('Flatten', [g.mul(layer, layer)]), [1]);
  const model = g.finish({ inputs: [x], outputs: { y }, names: new Map([['layer', layer]]) });
  const images = randomTensor('square', [2, 2, 3, 3], normal, 'float32');
  const squares = Array.from(images.data as Float32Array, (value) => Math.tanh(value) ** 2);
  const all = { layer: 'layer', channels: 'all', upsample: 'none' } as const;
  const explained = async (method: Method) => {
    const explainer = await createExplainer(model, { backend, method, target: 0 });
    return Array.from((await explainer.explain(images)).relevance.data, Number);
  };

  it('layer-integrated-gradients finds each unit its own square with one place of Gauss and Legendre', async () => {
    const units = await explained(layerIntegratedGradients({ ...all, n: 1 }));
    for (const [at, unit] of units.entries()) expect(unit).toBeCloseTo(squares[at]!, 6);
  });

  it('conductance comes nearer to it with every step', async () => {
    const errors: number[] = [];
    for (const n of [4, 16, 64]) {
      const units = await explained(conductance({ ...all, n }));
      errors.push(Math.max(...units.map((unit, at) => Math.abs(unit - squares[at]!))));
    }
    expect(errors[1]!).toBeLessThan(0.4 * errors[0]!);
    expect(errors[2]!).toBeLessThan(0.4 * errors[1]!);
  });
});
