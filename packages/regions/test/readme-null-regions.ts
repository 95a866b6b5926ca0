import { tensor } from '@regional-saliency/core';
import { box, nullRegions, polygon } from '@regional-saliency/regions';

const map = Float32Array.from({ length: 64 * 64 }, (_, pixel) => Math.cos((pixel % 64) / 20 - 1) ** 2);
const heart = polygon('heart', [
  [0.4, 0.4],
  [0.6, 0.45],
  [0.4, 0.7],
]);
const chest = box('chest', [0.1, 0.1, 0.9, 0.9]);
console.table(nullRegions(tensor(map, [1, 64, 64]), [heart], { field: chest, draws: 999, seed: 0 }));
