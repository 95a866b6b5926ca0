/** A study that is ready to run: the demo's network, and X-rays that are drawn here and now (examples/demo). */
import { encode } from 'fast-png';
import { phantom, size } from '../../demo/phantom';
import type { ImagesPanel } from './images-panel';
import type { ModelPanel } from './model-panel';
import { turn } from './page';
import type { RegionsPanel } from './regions-panel';
import type { Study } from './study';

/** Images of each group. */
const PER_GROUP = 12;
const SEED = 2026;

const labels = { 1: 'right lung', 2: 'left lung', 3: 'heart', 4: 'marker' };

export async function fillIn(page: {
  readonly study: Study;
  readonly model: ModelPanel;
  readonly images: ImagesPanel;
  readonly regions: RegionsPanel;
}): Promise<void> {
  const { model, images, regions } = page;
  const network = await fetch(new URL('../../demo/models/fair.onnx', import.meta.url));
  await model.take([new File([await network.arrayBuffer()], 'fair.onnx')]);
  model.fill({ mean: '0.5', std: '0.25', classes: 'normal, pneumonia' });

  const files = { normal: [] as File[], pneumonia: [] as File[] };
  const maps = new Map<string, Uint8Array>();
  for (let image = 0; image < 2 * PER_GROUP; image++) {
    const group = image % 2 === 0 ? 'normal' : 'pneumonia';
    const letter = group === 'normal' ? 'L' : 'P';
    const drawn = phantom({ seed: SEED, image, group, letter, lung: 'right-lung' });
    const name = `xray-${String(image).padStart(2, '0')}.png`;
    files[group].push(new File([greyPng(drawn.pixels)], name, { type: 'image/png' }));
    maps.set(name, greyPng(drawn.labels));
    await turn();
  }
  await images.fill(Object.entries(files).map(([name, files]) => ({ name, files })));
  regions.fill([{ type: 'labels', file: '{image}.png', labels }], maps);
}

function greyPng(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode({ width: size, height: size, data, depth: 8, channels: 1 }));
}
