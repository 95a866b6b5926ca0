/** One set of maps on backends of a browser: those of the demo's networks, beside onnxruntime-node's. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type OpenPage, openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { createExplainer, tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phantom, size } from '../../../../examples/demo/phantom';
import { explained } from './explained';

/** Of a map's largest value, where no gate flips. */
const FLOAT32 = 1e-5;

const networks = ['fair', 'shortcut'] as const;
const file = (network: string) =>
  new URL(`../../../../examples/demo/models/${network}.onnx`, import.meta.url);
const folder = (path: string) => fileURLToPath(new URL(`../../../${path}/`, import.meta.url));

/** Another patient for each network, as the demo draws and normalises them. */
const pixels = networks.map((_, image) => {
  const { pixels: greys } = phantom({
    seed: 77,
    image,
    group: image === 0 ? 'normal' : 'pneumonia',
    letter: 'L',
  });
  return Array.from(greys, (grey) => Math.fround((grey / 255 - 0.5) / 0.25));
});
const shape = [1, 1, size, size];

const title = 'maps of real networks in Chromium';
describe.runIf(!withoutChromium)(withoutChromium ? `${title} (${withoutChromium})` : title, () => {
  let page: OpenPage;
  beforeAll(async () => {
    page = await openPage('page', {
      scripts: { page: new URL('./page.ts', import.meta.url) },
      folders: {
        wasm: folder('tfjs/node_modules/@tensorflow/tfjs-backend-wasm/dist'),
        ort: folder('onnxruntime/node_modules/onnxruntime-web/dist'),
      },
      files: Object.fromEntries(networks.map((network) => [`/${network}.onnx`, readFileSync(file(network))])),
    });
  }, 60_000);
  afterAll(() => page?.close());

  describe.each(networks.map((network, at) => ({ network, at })))('of $network', ({ network, at }) => {
    let expected: Readonly<Record<string, readonly number[]>>;
    beforeAll(async () => {
      const explainer = await createExplainer(readOnnx(readFileSync(file(network))), {
        backend: onnxruntimeBackend(ort, { executionProviders: ['cpu'], threads: 1 }),
        method: explained(),
      });
      const { relevances, output } = await explainer.explain(tensor(pixels[at]!, shape));
      expected = Object.fromEntries(
        Object.entries({ ...relevances, output }).map(([id, { data }]) => [id, Array.from(data, Number)]),
      );
      await explainer.dispose();
    }, 60_000);

    it.each(['tfjs wasm', 'tfjs webgl', 'tfjs webgpu', 'onnxruntime-web wasm', 'onnxruntime-web webgpu'])(
      'on %s are those of onnxruntime-node',
      { timeout: 300_000 },
      async (backend) => {
        const got = await page.ask<typeof expected>('maps', backend, `/${network}.onnx`, pixels[at], shape);
        const differences = Object.entries(expected).map(([id, wanted]) => {
          expect(got[id]).toHaveLength(wanted.length);
          const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - got[id]![i]!)), 0);
          return [id, worst / largest] as const;
        });
        console.log(
          `${network} on ${backend}: ${differences.map(([id, part]) => `${id} ${part.toExponential(1)}`).join(', ')}`,
        );
        for (const [id, part] of differences) expect(part, id).toBeLessThan(FLOAT32);
      },
    );
  });
});
