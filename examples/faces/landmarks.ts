/**
 * `npx tsx examples/faces/landmarks.ts photo.jpg … [-o landmarks]`: 68 landmarks of the face in each photograph, as JSON that a
 * study reads, and a picture of the regions they give.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { encodePng, readImage } from '@regional-saliency/study';
import * as ort from 'onnxruntime-node';
import { drawFace } from './draw-face';
import { landmarkFinder } from './networks/find';
import { fetchPackage } from './networks/weights';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', short: 'o', default: 'landmarks' } },
});
if (positionals.length === 0) {
  console.error('usage: npx tsx examples/faces/landmarks.ts photo.jpg … [-o landmarks]');
  process.exit(2);
}
fetchPackage();
const finder = await landmarkFinder(onnxruntimeBackend(ort));
await mkdir(values.out, { recursive: true });
for (const file of positionals) {
  const picture = await readImage(file);
  const face = await finder.find(picture);
  if (!face) {
    console.error(`${file}: no face was found, so nothing is written for it`);
    process.exitCode = 1;
    continue;
  }
  const name = join(values.out, basename(file, extname(file)));
  await writeFile(`${name}.json`, `${JSON.stringify(face)}\n`);
  await writeFile(`${name}.png`, await encodePng(drawFace(picture, face.landmarks)));
  console.log(`${name}.json: a face with score ${face.score!.toFixed(2)}; ${name}.png shows its regions`);
}
await finder.dispose();
