/** A region of one's own: any object with a name and a mask. Here it is found in the image, as its brightest part. */
import { tensor } from '@regional-saliency/core';
import { box, difference, type Region, reduceChannels, scoreRegions } from '@regional-saliency/regions';
import { readImage } from '@regional-saliency/study';

/**
 * The pixels among the brightest `share` of an image.
 *
 * @param grey [height, width] in rows
 */
function brightest(grey: Uint8Array | Uint16Array, height: number, width: number, share: number): Region {
  const cut = grey.toSorted()[Math.floor(grey.length * (1 - share))]!;
  return {
    name: `brightest ${100 * share} %`,
    // Asked for at the resolution of a map: a pixel of it takes what lies under its centre.
    mask: (rows, columns) => {
      const data = new Uint8Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        const y = Math.floor(((row + 0.5) / rows) * height);
        for (let column = 0; column < columns; column++) {
          const x = Math.floor(((column + 0.5) / columns) * width);
          data[row * columns + column] = Number(grey[y * width + x]! >= cut);
        }
      }
      return { data, shape: [rows, columns], dtype: 'bool' };
    },
  };
}

const { data, height, width } = await readImage('examples/node/xray.png');
const bright = brightest(data, height, width, 0.2);
const rest = difference('rest', box('image', [0, 0, 1, 1]), bright);

// A map of 16 × 16 stands for an explainer's relevance; this one is strongest in the middle.
const relevance = Float32Array.from({ length: 256 }, (_, at) => {
  const [x, y] = [(at % 16) - 7.5, Math.floor(at / 16) - 7.5];
  return Math.exp(-(x * x + y * y) / 32);
});
const maps = reduceChannels(tensor(relevance, [1, 1, 16, 16]), 'sum-abs');
console.table(scoreRegions(maps, [bright, rest], { aggregate: 'density', resolution: { height, width } }));
