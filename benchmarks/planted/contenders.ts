/** Everything that is ranked: the index of methods, and controls that know nothing of the network. */
import { readFileSync } from 'node:fs';
import { isProcedure, type Method, type Procedure } from '@regional-saliency/core';
import { type MethodOptions, method, methods } from '@regional-saliency/methods';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { size } from '../../examples/demo/phantom';

export interface Contender {
  readonly id: string;
  readonly method: Method | Procedure;
  /** Whether it is one of the paper's fifteen, which are set as the paper has them. */
  readonly paper: boolean;
  /** Whether it is told the regions, as in a study, so that its map is constant on each. */
  readonly told: boolean;
  /** What was set that isn't the default. */
  readonly set: MethodOptions;
}

/** The networks' last stage, 16 × 16: what `layer4` is in the paper's network. */
const layer = 'layer3';

interface Listed {
  readonly id: string;
  readonly set?: MethodOptions;
}

const fifteen: ReadonlyMap<string, MethodOptions> = new Map(
  (
    JSON.parse(readFileSync(new URL('../../examples/chest-xray/fifteen.json', import.meta.url), 'utf8'))
      .methods as (string | Listed)[]
  ).map((listed) => (typeof listed === 'string' ? [listed, {}] : [listed.id, listed.set ?? {}])),
);

/** Fewer draws than by default, where 400 maps would take hours. */
const shortened: Readonly<Record<string, MethodOptions>> = {
  xrai: { n: 5 },
  'shapley-value-sampling': { samples: 10 },
  'kernel-shap': { samples: 64 },
  lime: { superpixels: 50, samples: 100 },
  rise: { samples: 100 },
};

/** What takes the study's regions unless told otherwise. */
const takesRegions = ['feature-ablation', 'region-shapley', 'shapley-value-sampling', 'kernel-shap'];

/** `crp` is left out: it asks about channels that someone chose. */
const leftOut = ['crp'];

export function contenders(): Contender[] {
  return Object.values(methods)
    .filter(({ id }) => !leftOut.includes(id))
    .map((entry) => {
      const set = { ...fifteen.get(entry.id), ...shortened[entry.id] };
      return {
        id: entry.id,
        method: method(entry.id, { ...set, ...(entry.layer && { layer }) }),
        paper: fifteen.has(entry.id),
        told: takesRegions.includes(entry.id),
        set,
      };
    });
}

export const isProgram = (contender: Contender): boolean => !isProcedure(contender.method);

/** Maps from the image alone, by id. */
export const controls: Readonly<Record<string, (pixels: Uint8Array, draw: number) => Float32Array>> = {
  'random map': (_, draw) => {
    const generator = xoroshiro128plus(draw);
    return Float32Array.from({ length: size * size }, () => (generator.next() >>> 0) / 2 ** 32);
  },
  'Sobel edges': (pixels) => sobel(pixels, size),
};

/** The length of Sobel's gradient of an image, its border repeated outwards. Sobel and Feldman 1968, as in Pratt 1978. */
export function sobel(pixels: Uint8Array, width: number): Float32Array {
  const height = pixels.length / width;
  const at = (row: number, column: number) =>
    pixels[Math.min(height - 1, Math.max(0, row)) * width + Math.min(width - 1, Math.max(0, column))]!;
  return Float32Array.from({ length: pixels.length }, (_, place) => {
    const [y, x] = [Math.floor(place / width), place % width];
    let [down, right] = [0, 0];
    for (const [weight, step] of [
      [1, -1],
      [2, 0],
      [1, 1],
    ] as const) {
      down += weight * (at(y + 1, x + step) - at(y - 1, x + step));
      right += weight * (at(y + step, x + 1) - at(y + step, x - 1));
    }
    return Math.hypot(down, right);
  });
}
