/**
 * `tsx tools/lungs/evaluate.ts DATA [--photographs FOLDER] [--xrays FOLDER]`: chestRegions beside hand-drawn masks, and what it
 * refuses. `--help` says more.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chestRegions } from '@regional-saliency/chest';
import type { Tensor } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { readImage } from '../../packages/study/src/images/decode';
import { dice, hausdorff95 } from './distance';
import { type Drawn, masksOf } from './masks';
import { others } from './others';

const help = `tsx tools/lungs/evaluate.ts DATA [--photographs FOLDER] [--xrays FOLDER]

DATA holds kermany/test and montgomery/test, each with images/ and masks/. Prints Dice and the 95 % Hausdorff distance of both lungs
together and of each, in pixels of 256, by source; how many of them are refused; and what is made of the same X-rays that must be
refused: turned, flipped, inverted, cut, one field alone, both fields folded as a lateral view shows them.

  --photographs FOLDER   pictures of anything else (PNG, JPEG), each of which must be refused
  --xrays FOLDER         frontal X-rays without masks, in folders or not: how many are refused, and why`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photographs: { type: 'string' },
    xrays: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [data] = positionals;
if (values.help || !data) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}
const backend = onnxruntimeBackend(ort, { threads: 1 });
const model = process.env.LUNGS ? { model: new Uint8Array(readFileSync(process.env.LUNGS)) } : {};
const find = (image: Tensor) => chestRegions(image, { backend, ...model });

const percentile = (values: readonly number[], percent: number) =>
  [...values].sort((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor((percent / 100) * values.length))
  ]!;
const summary = (values: readonly number[], digits: number) =>
  `mean ${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(digits)}, median ${percentile(values, 50).toFixed(digits)}, ` +
  `5 % ${percentile(values, 5).toFixed(digits)}, 95 % ${percentile(values, 95).toFixed(digits)}`;

for (const source of ['kermany/test', 'montgomery/test']) {
  const drawn = await masksOf(join(data, source));
  const found: { each: Drawn; labels: Uint8Array; confidence: number }[] = [];
  const refused: string[] = [];
  for (const each of drawn) {
    const result = await find(each.image);
    if (result.found)
      found.push({ each, labels: result.labels.data as Uint8Array, confidence: result.confidence });
    else refused.push(`${each.name} (${result.confidence.toFixed(2)}): ${result.reason}`);
  }
  console.log(`\n${source}: ${found.length} of ${drawn.length} found`);
  for (const each of refused) console.log(`  refused ${each}`);
  for (const [what, labels] of [
    ['both lungs', [1, 2]],
    ['right lung', [1]],
    ['left lung', [2]],
  ] as const) {
    const maskOf = (values: Uint8Array) =>
      values.map((value) => Number((labels as readonly number[]).includes(value)));
    const pairs = found.map(
      ({ each, labels: own }) =>
        [maskOf(own), maskOf(each.labels.data as Uint8Array), each.labels.shape[1]!] as const,
    );
    console.log(
      `  ${what}: Dice ${summary(
        pairs.map(([own, drawn]) => dice(own, drawn)),
        4,
      )}`,
    );
    console.log(
      `  ${' '.repeat(what.length)}  Hausdorff 95 % ${summary(
        pairs.map(([own, drawn, width]) => hausdorff95(own, drawn, width)),
        1,
      )} px`,
    );
  }
  console.log(
    `  confidence ${summary(
      found.map(({ confidence }) => confidence),
      3,
    )}`,
  );
}

const tried: [name: string, image: Tensor][] = [];
for (const source of ['kermany/test', 'montgomery/test']) {
  const drawn = await masksOf(join(data, source));
  for (const [at, each] of drawn.filter((_, index) => index % 10 === 0).entries()) {
    for (const [kind, make] of Object.entries(others))
      tried.push([`${kind}, ${source} ${at}`, make(each.image)]);
  }
}
for (const file of values.photographs ? readdirSync(values.photographs) : []) {
  const { data: pixels, height, width, channels } = await readImage(join(values.photographs!, file));
  const planes = new Float32Array(pixels.length);
  pixels.forEach((value, at) => {
    planes[(at % channels) * height * width + Math.floor(at / channels)] = value;
  });
  tried.push([`photograph ${file}`, { data: planes, shape: [channels, height, width], dtype: 'float32' }]);
}
const kinds = new Map<string, { refused: number; all: number; surest: number; taken: string[] }>();
for (const [name, image] of tried) {
  const kind = name.split(/[, ]/)[0]!;
  const count = kinds.get(kind) ?? { refused: 0, all: 0, surest: 0, taken: [] };
  const result = await find(image);
  count.all++;
  count.surest = Math.max(count.surest, result.confidence);
  if (result.found) count.taken.push(`${name} (${result.confidence.toFixed(2)})`);
  else count.refused++;
  kinds.set(kind, count);
}
console.log('\nto be refused');
for (const [kind, { refused, all, surest, taken }] of kinds) {
  console.log(
    `  ${kind}: ${refused} of ${all} refused, the surest ${surest.toFixed(2)}${taken.length > 0 ? `; taken: ${taken.join('; ')}` : ''}`,
  );
}

if (values.xrays) {
  const files = (readdirSync(values.xrays, { recursive: true }) as string[])
    .filter((file) => /\.(png|jpe?g)$/i.test(file))
    .sort();
  const reasons: string[] = [];
  for (const file of files) {
    const { data: pixels, height, width, channels } = await readImage(join(values.xrays, file));
    const first = pixels.filter((_, at) => at % channels === 0);
    const result = await find({ data: Float32Array.from(first), shape: [height, width], dtype: 'float32' });
    if (!result.found) reasons.push(`${file} (${result.confidence.toFixed(2)}): ${result.reason}`);
  }
  console.log(`\n${values.xrays.split('/').at(-1)}: ${reasons.length} of ${files.length} refused`);
  for (const reason of reasons.slice(0, 30)) console.log(`  ${reason}`);
}
