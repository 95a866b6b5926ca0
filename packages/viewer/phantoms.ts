/** What the pictures and the benchmark show: phantom X-rays of the demo, explained by one of its networks. */
import { readFileSync } from 'node:fs';
import { createExplainer, tensor } from '@regional-saliency/core';
import { gradCam, gradient, inputXGradient, lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { labelMap, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { encode } from 'fast-png';
import * as ort from 'onnxruntime-node';
import type { Page } from 'playwright-core';
import { regions as labels, phantom, size } from '../../examples/demo/phantom';

/** An item with its numbers in base64, to go into a page. */
export interface PackedItem {
  readonly name: string;
  readonly detail: string;
  readonly image: string;
  readonly maps: Readonly<Record<string, { data: string; width: number; height: number; signed: boolean }>>;
  readonly regions: readonly {
    name: string;
    mask: { data: string; width: number; height: number };
    score: Record<string, number>;
  }[];
}

const names = {
  'right-lung': 'right lung',
  'left-lung': 'left lung',
  heart: 'heart',
  marker: 'marker',
} as const;
const base64 = (data: Uint8Array | Float32Array) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

/** @param methods whose maps are signed are summed over channels, others by size */
export async function phantomItems(
  count: number,
  network: 'fair' | 'shortcut' = 'fair',
): Promise<PackedItem[]> {
  const model = readOnnx(
    readFileSync(new URL(`../../examples/demo/models/${network}.onnx`, import.meta.url)),
  );
  const explainer = await createExplainer(model, {
    backend: onnxruntimeBackend(ort),
    method: [gradient(), gradCam({ layer: 'layer3' }), lrpEpsilonPlus(), inputXGradient()],
  });
  const shown = [
    { id: 'gradient', label: 'Gradient', signed: false },
    { id: 'grad-cam', label: 'Grad-CAM', signed: false },
    { id: 'lrp-epsilon-plus', label: 'LRP EpsilonPlus', signed: false },
    { id: 'input-x-gradient', label: 'Input × gradient', signed: true },
  ] as const;
  const items: PackedItem[] = [];
  for (let index = 0; index < count; index++) {
    const group = index % 2 === 0 ? 'pneumonia' : 'normal';
    const drawn = phantom({ seed: 7, image: index, group, letter: group === 'normal' ? 'L' : 'P' });
    const values = Float32Array.from(drawn.pixels, (grey) => (grey / 255 - 0.5) / 0.25);
    const { relevances, output } = await explainer.explain(tensor(values, [1, 1, size, size]));
    const { rest, ...numbered } = labels;
    const label = tensor(Int32Array.from(drawn.labels), [size, size]);
    const regions = labelMap(
      label,
      Object.fromEntries(Object.entries(numbered).map(([key, n]) => [n, names[key as keyof typeof names]])),
    );
    const maps: Record<string, PackedItem['maps'][string]> = {};
    const scores: Record<string, Record<string, number>> = {};
    for (const { id, label: title, signed } of shown) {
      const map = reduceChannels(relevances[id]!, signed ? 'sum' : 'sum-abs');
      const [, height, width] = map.shape as [number, number, number];
      maps[title] = { data: base64(Float32Array.from(map.data)), width, height, signed };
      for (const row of scoreRegions(map, regions, {
        aggregate: signed ? 'mean' : 'density',
        resolution: { height: size, width: size },
      })) {
        scores[row.region] = { ...scores[row.region], [title]: row.score };
      }
    }
    const [normal, pneumonia] = Array.from(output.data, Number);
    const probability = 1 / (1 + Math.exp(normal! - pneumonia!));
    items.push({
      name: `${group}-${String(index).padStart(4, '0')}`,
      detail: `predicted ${probability > 0.5 ? 'pneumonia' : 'normal'}, ${Math.round(100 * Math.max(probability, 1 - probability))} %`,
      image: `data:image/png;base64,${base64(encode({ width: size, height: size, data: drawn.pixels, channels: 1, depth: 8 }))}`,
      maps,
      regions: regions.map((region) => ({
        name: region.name,
        mask: { data: base64(region.mask(size, size).data), width: size, height: size },
        score: scores[region.name]!,
      })),
    });
  }
  await explainer.dispose();
  return items;
}

/** Gives the items to the page's viewer. */
export async function showItems(
  page: Page,
  items: readonly PackedItem[],
  methods?: readonly string[],
): Promise<void> {
  await page.evaluate(
    ({ items, methods }) => {
      const viewer = document.querySelector('saliency-viewer')!;
      viewer.items = items.map((item) => ({
        ...item,
        maps: Object.fromEntries(
          Object.entries(item.maps).map(([name, map]) => [
            name,
            {
              ...map,
              data: new Float32Array(Uint8Array.from(atob(map.data), (c) => c.charCodeAt(0)).buffer),
            },
          ]),
        ),
        regions: item.regions.map((region) => ({
          ...region,
          mask: { ...region.mask, data: Uint8Array.from(atob(region.mask.data), (c) => c.charCodeAt(0)) },
        })),
      }));
      if (methods) viewer.methods = methods;
    },
    { items, methods },
  );
}
