/** `npx tsx examples/black-box/run.ts`: starts the server, explains an X-ray through it, writes `out/black-box.png`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { encodePng } from '@regional-saliency/study';
import { phantom, size } from '../demo/phantom';
import { drawMaps, explainAt } from './explain';
import { serve } from './server';

const server = await serve({ unreliable: 10 });
const { pixels } = phantom({ seed: 2026, image: 25, group: 'pneumonia' });
const picture = { width: size, height: size, channels: 1, data: Uint8Array.from(pixels) } as const;

const retries: string[] = [];
const explanation = await explainAt(server.url, picture, {
  progress: (done, total, method) => {
    if (done === total) console.log(`${method}: ${total} variants scored`);
  },
  onRetry: ({ error, attempt }) => retries.push(`attempt ${attempt}: ${error.message}`),
});
await server.close();

const [normal, pneumonia] = Array.from(explanation.output.data as Float32Array, (score) => score.toFixed(2));
console.log(`scores: normal ${normal}, pneumonia ${pneumonia}`);
console.log(`${server.served.images} images served, ${retries.length} requests made again (${retries[0]})`);
const folder = new URL('../../out/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL('black-box.png', folder), await encodePng(drawMaps(picture, explanation)));
console.log('out/black-box.png: the X-ray, occlusion, RISE');
