/** What is made of a frontal X-ray that is none, or not all of one: each must be refused. */
import type { Tensor } from '@regional-saliency/core';
import { aslant, cuts, part, turned } from './cuts';

type Make = (image: Tensor) => Tensor;

/** An image of the same size, pixel by pixel, from fractions of the frame to fractions of the given image. */
const from =
  (place: (x: number, y: number) => readonly [x: number, y: number]): Make =>
  ({ data, shape, dtype }) => {
    const [height, width] = shape as [number, number];
    const made = data.slice();
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [x, y] = place((column + 0.5) / width, (row + 0.5) / height);
        const inside = (value: number, count: number) =>
          Math.min(Math.max(Math.floor(value * count), 0), count - 1);
        made[row * width + column] = data[inside(y, height) * width + inside(x, width)]!;
      }
    }
    return { data: made, shape, dtype };
  };

const cutTo =
  (name: string): Make =>
  (image) =>
    part(image, cuts[name]!);

const mixed = (a: Tensor, b: Tensor): Tensor => ({
  ...a,
  data: Float32Array.from(a.data as Uint8Array, (value, at) => (value + Number(b.data[at])) / 2),
  dtype: 'float32',
});

export const others: Readonly<Record<string, Make>> = {
  'turned-45': (image) => turned(image, 45),
  'turned-90': from((x, y) => [y, 1 - x]),
  'turned-180': from((x, y) => [1 - x, 1 - y]),
  'turned-270': from((x, y) => [1 - y, x]),
  'upside-down': from((x, y) => [x, 1 - y]),
  inverted: (image) => ({ ...image, data: (image.data as Uint8Array).map((value) => 255 - value) }),
  'one-field': from((x, y) => [x / 2, y]),
  'upper-part': cutTo('upper 40 %'),
  'lower-part': cutTo('lower 40 %'),
  'left-half': cutTo('left 50 %'),
  'right-half': cutTo('right 50 %'),
  'band-across': cutTo('band across, 40 %'),
  'band-down': cutTo('band down, 40 %'),
  'cut-aslant': (image) => aslant(image, 'falling'),
  corner: from((x, y) => [0.5 + 0.45 * x, 0.55 + 0.45 * y]),
  'lateral-like': (image) => mixed(from((x, y) => [x / 2, y])(image), from((x, y) => [1 - x / 2, y])(image)),
};
