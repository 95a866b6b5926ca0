/** A photograph with its landmarks as points and the outlines of the regions through them. */
import { landmarkRegions, type Point } from '@regional-saliency/regions';
import type { BytePicture, Picture } from '@regional-saliency/study';

type Colour = readonly [red: number, green: number, blue: number];

const colours: readonly Colour[] = [
  [255, 200, 0],
  [0, 220, 130],
  [255, 90, 150],
];
const white: Colour = [255, 255, 255];

export function drawFace(picture: Picture, landmarks: readonly Point[]): BytePicture {
  const { width, height, channels } = picture;
  const data = new Uint8Array(width * height * 3);
  const scale = picture.data instanceof Uint16Array ? 1 / 257 : 1;
  for (let at = 0; at < data.length; at++) {
    const pixel = Math.floor(at / 3);
    data[at] = picture.data[channels === 3 ? at : pixel]! * scale;
  }
  const thick = Math.max(1, Math.round(Math.max(width, height) / 400));
  const dot = (x: number, y: number, colour: Colour) => {
    for (let v = y; v < Math.min(y + thick, height); v++)
      for (let u = x; u < Math.min(x + thick, width); u++) data.set(colour, (v * width + u) * 3);
  };
  landmarkRegions(landmarks).forEach((region, index) => {
    const mask = region.mask(height, width).data;
    mask.forEach((inside, at) => {
      if (inside && !(mask[at - 1] && mask[at + 1] && mask[at - width] && mask[at + width]))
        dot(at % width, Math.floor(at / width), colours[index]!);
    });
  });
  for (const [x, y] of landmarks) dot(Math.floor(x * width), Math.floor(y * height), white);
  return { width, height, channels: 3, data };
}
