import { readFileSync } from 'node:fs';
import { printedBy, withoutChromium } from '@regional-saliency/conformance/browser';
import * as tf from '@tensorflow/tfjs-layers';
import { expect, it, vi } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { site } from './browser/site';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it.each([
  ['readme-snippet', [Float32Array.of(0, 2)]],
  [
    'readme-layers-snippet',
    [
      [1, 2],
      [1, 1, 32, 32],
    ],
  ],
])('the snippet of the README runs and prints what it says: %s', async (name, printed) => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read(`./${name}.ts`)}\`\`\``);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(`./${name}.ts`);
  expect(print.mock.calls.at(-1)).toEqual(printed);
  print.mockRestore();
});

it.runIf(!withoutChromium)(
  `the one for browsers does in Chromium${withoutChromium ? ` (${withoutChromium})` : ''}`,
  { timeout: 300_000 },
  async () => {
    expect(read('../README.md')).toContain(`\`\`\`ts\n${read('./browser/readme-snippet.ts')}\`\`\``);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [32, 32, 3] }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const files: Record<string, string | Uint8Array> = {};
    await model.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
        files['/model/model.json'] = JSON.stringify({ modelTopology, weightsManifest });
        files['/model/weights.bin'] = new Uint8Array(weightData as ArrayBuffer);
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      },
    });
    const snippet = new URL('./browser/readme-snippet.ts', import.meta.url);
    expect(await printedBy(snippet, { ...site, files })).toBe('1,1,32,32');
  },
);
