/** Noise and chances as inputs of a program: for each image and sample, from a seed. */
import {
  type Builder,
  type Draw,
  fixedSize,
  SaliencyError,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import { contentOf, fillNormal, GENERATOR, generatorOf, uniform } from '../random';

/** Standard normal noise for each of `samples` copies of an image: [samples, …image]. */
export function normalNoise(input: Value, samples: number, seed: number): Draw {
  const image = input.shape.slice(1).map((size) => fixedSize(size, 'the size of the input'));
  const perSample = sizeOf(image);
  return {
    name: 'noise',
    shape: [samples, ...image],
    about: { distribution: 'normal, mean 0, deviation 1', generator: GENERATOR, seed },
    numbers: (elements) => {
      const noise = new Float32Array(samples * perSample);
      const content = contentOf(elements);
      for (let sample = 0; sample < samples; sample++) {
        const own = noise.subarray(sample * perSample, (sample + 1) * perSample);
        fillNormal(generatorOf(seed, content, sample), own);
      }
      return noise;
    },
  };
}

/** A number from 0 to 1 for each sample: [samples]. `name` and `stream` keep several of them apart. */
export function chances(name: string, samples: number, seed: number, stream: number): Draw {
  return {
    name,
    shape: [samples],
    about: { distribution: 'uniform from 0 to 1', generator: GENERATOR, seed, stream },
    numbers: (elements) => {
      const content = contentOf(elements) ^ stream;
      return Float32Array.from({ length: samples }, (_, sample) =>
        uniform(generatorOf(seed, content, sample)),
      );
    },
  };
}

/** What a draw holds for one sample, the same for every image of the batch: [N, …]. */
export function ofSample(g: Builder, drawn: Value, sample: Value): Value {
  return g.op('Gather', [drawn, sample], { axis: 1 });
}

/** @throws SaliencyError `bad-input` unless it is a whole number, at least `least` */
export function checkWhole(method: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new SaliencyError(
    'bad-input',
    `${name} of ${method} is a whole number, at least ${least}, not ${value}`,
  );
}
