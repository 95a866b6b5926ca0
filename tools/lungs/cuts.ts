/**
 * Frontal X-rays that somebody cut straight across, turned or trimmed, with the masks that belong to what is left: how much of
 * a lung may be gone before the film is refused.
 */
import type { Tensor } from '@regional-saliency/core';

/** What is left of a frame, as fractions: from left to right, from top to bottom. */
export type Box = readonly [left: number, right: number, top: number, bottom: number];

const kept = [0.4, 0.5, 0.6, 0.7, 0.8];
const percent = (share: number) => Math.round(100 * share);
const named = (boxes: readonly (readonly [string, Box])[]) => Object.fromEntries(boxes);

/** Part of the film is gone. */
export const cuts: Readonly<Record<string, Box>> = named([
  ...kept.flatMap((share): [string, Box][] => [
    [`lower ${percent(share)} %`, [0, 1, 1 - share, 1]],
    [`upper ${percent(share)} %`, [0, 1, 0, share]],
    [`left ${percent(share)} %`, [0, share, 0, 1]],
    [`right ${percent(share)} %`, [1 - share, 1, 0, 1]],
  ]),
  ...[0.4, 0.6].flatMap((share): [string, Box][] => [
    [`band across, ${percent(share)} %`, [0, 1, 0.5 - share / 2, 0.5 + share / 2]],
    [`band down, ${percent(share)} %`, [0.5 - share / 2, 0.5 + share / 2, 0, 1]],
  ]),
  ...[0.5, 0.6, 0.7, 0.8].map((share): [string, Box] => [
    `centre, ${percent(share)} %`,
    [0.5 - share / 2, 0.5 + share / 2, 0.5 - share / 2, 0.5 + share / 2],
  ]),
  ...[0.5, 0.7].flatMap((share): [string, Box][] => [
    [`upper left, ${percent(share)} %`, [0, share, 0, share]],
    [`upper right, ${percent(share)} %`, [1 - share, 1, 0, share]],
    [`lower left, ${percent(share)} %`, [0, share, 1 - share, 1]],
    [`lower right, ${percent(share)} %`, [1 - share, 1, 1 - share, 1]],
  ]),
]);

/** As films are trimmed: a little of one edge, or of all. */
export const trims: Readonly<Record<string, Box>> = named(
  [0.03, 0.05, 0.08].flatMap((share): [string, Box][] => [
    [`top ${percent(share)} %`, [0, 1, share, 1]],
    [`bottom ${percent(share)} %`, [0, 1, 0, 1 - share]],
    [`left ${percent(share)} %`, [share, 1, 0, 1]],
    [`right ${percent(share)} %`, [0, 1 - share, 0, 1]],
    [`all around ${percent(share)} %`, [share, 1 - share, share, 1 - share]],
  ]),
);

/** A part of an image or of its labels, [H, W]. */
export function part({ data, shape, dtype }: Tensor, [left, right, top, bottom]: Box): Tensor {
  const [height, width] = shape as [number, number];
  const [from, to] = [Math.round(left * width), Math.round(right * width)];
  const [first, last] = [Math.round(top * height), Math.round(bottom * height)];
  const size = (last - first) * (to - from);
  const made = dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
  for (let row = first; row < last; row++) {
    for (let column = from; column < to; column++)
      made[(row - first) * (to - from) + column - from] = Number(data[row * width + column]);
  }
  return { data: made, shape: [last - first, to - from], dtype: dtype === 'uint8' ? 'uint8' : 'float32' };
}

/** Turned clockwise about its middle in a frame of the same size, black where it came from outside. */
export function turned({ data, shape, dtype }: Tensor, degrees: number): Tensor {
  const [height, width] = shape as [number, number];
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const made = data.slice();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [column - (width - 1) / 2, row - (height - 1) / 2];
      const fromX = Math.round(c * x + s * y + (width - 1) / 2);
      const fromY = Math.round(c * y - s * x + (height - 1) / 2);
      const isOutside = fromX < 0 || fromY < 0 || fromX >= width || fromY >= height;
      made[row * width + column] = isOutside ? 0 : data[fromY * width + fromX]!;
    }
  }
  return { data: made, shape, dtype };
}

/** Black on one side of a diagonal: of the falling one the upper right, of the rising one the upper left. */
export function aslant({ data, shape, dtype }: Tensor, which: 'falling' | 'rising'): Tensor {
  const [height, width] = shape as [number, number];
  const made = data.slice();
  made.forEach((_, at) => {
    const [x, y] = [((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height];
    if (which === 'falling' ? x > y : x + y < 1) made[at] = 0;
  });
  return { data: made, shape, dtype };
}
