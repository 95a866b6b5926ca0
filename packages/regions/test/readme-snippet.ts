import { tensor } from '@regional-saliency/core';
import { box, difference, grid, polygon, reduceChannels, scoreRegions } from '@regional-saliency/regions';

// Relevance of two images, [N, C, H, W]; an explainer gives you this.
const values = Float32Array.from({ length: 2 * 3 * 64 * 64 }, (_, index) => Math.sin(index) ** 3);
const relevance = tensor(values, [2, 3, 64, 64]);

const heart = polygon('heart', [
  [0.42, 0.4],
  [0.62, 0.45],
  [0.7, 0.75],
  [0.4, 0.7],
]);
const outside = difference('all but the heart', box('image', [0, 0, 1, 1]), heart);
const regions = [...grid({ rows: 1, columns: 3, names: ['left', 'middle', 'right'] }), heart, outside];

const maps = reduceChannels(relevance, 'sum-abs');
console.table(scoreRegions(maps, regions, { aggregate: 'density', images: ['first', 'second'] }));
