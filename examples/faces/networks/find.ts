/** From a photograph to the 68 landmarks of its face. */
import { type Backend, SaliencyError, type Session, type Tensor } from '@regional-saliency/core';
import type { Point } from '@regional-saliency/regions';
import { type BytePicture, type Picture, resizeBytes } from '@regional-saliency/study';
import { detectorNetwork, imageSide, likeliestFace } from './detector';
import { faceSide, landmarkNetwork } from './landmarks-68';
import { type Weights, weightsOf } from './weights';

/** A part of a picture, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface FoundFace {
  readonly box: Box;
  /** How sure the detector is, 0..1; undefined where the box was given. */
  readonly score: number | undefined;
  /** 68 points in fractions of the picture's width and height, within 0..1, in the order of 300-W. */
  readonly landmarks: Point[];
}

export interface LandmarkFinder {
  /**
   * @param box where the face is; without, the likeliest face in the picture is taken
   * @returns undefined where no face is found
   */
  find(picture: Picture, box?: Box): Promise<FoundFace | undefined>;
  dispose(): Promise<void>;
}

/** Scores from here on are faces. */
const least = 0.5;

/** @param weights of both networks; default those of the fetched package */
export async function landmarkFinder(
  backend: Backend,
  weights: { detector: Weights; landmarks: Weights } = {
    detector: weightsOf('tiny_face_detector_model'),
    landmarks: weightsOf('face_landmark_68_model'),
  },
): Promise<LandmarkFinder> {
  const detector = await backend.load(detectorNetwork(weights.detector));
  const network = await backend.load(landmarkNetwork(weights.landmarks));
  return {
    find: async (picture, given) => {
      const colour = inColour(picture);
      const found = given ? { box: given, score: undefined } : await faceIn(colour, detector);
      if (found.score !== undefined && found.score < least) return undefined;
      const box = withinPicture(found.box, picture);
      return { box, score: found.score, landmarks: await pointsIn(colour, box, network) };
    },
    dispose: async () => {
      await detector.dispose();
      await network.dispose();
    },
  };
}

async function faceIn(picture: BytePicture, detector: Session): Promise<{ box: Box; score: number }> {
  const side = Math.max(picture.width, picture.height);
  const square = padded(picture, { left: 0, top: 0, ...picture }, 0);
  const { cells } = await detector.run({ image: planes(resizeBytes(square, imageSide, imageSide)) });
  const { score, left, top, width, height } = likeliestFace(cells!);
  return { score, box: { left: left * side, top: top * side, width: width * side, height: height * side } };
}

async function pointsIn(picture: BytePicture, box: Box, network: Session): Promise<Point[]> {
  const square = padded(picture, box, 0.5);
  const { points } = await network.run({ face: planes(resizeBytes(square, faceSide, faceSide)) });
  const data = points!.data as Float32Array;
  const [x0, y0] = [box.left - margin(square.width - box.width), box.top - margin(square.width - box.height)];
  // A point beyond the frame is at its edge: regions lie within the picture.
  const fraction = (pixels: number, size: number) => Math.min(Math.max(pixels / size, 0), 1);
  return Array.from(
    { length: 68 },
    (_, at): Point => [
      fraction(x0 + data[2 * at]! * square.width, picture.width),
      fraction(y0 + data[2 * at + 1]! * square.width, picture.height),
    ],
  );
}

/** Before a part in the middle of a square. */
const margin = (space: number) => Math.floor(space / 2);

/** Whole pixels of the picture. */
function withinPicture(box: Box, picture: Picture): Box {
  const between = (value: number, most: number) => Math.floor(Math.min(Math.max(value, 0), most));
  const [left, top] = [between(box.left, picture.width), between(box.top, picture.height)];
  const width = between(box.left + box.width, picture.width) - left;
  const height = between(box.top + box.height, picture.height) - top;
  if (width > 0 && height > 0) return { left, top, width, height };
  throw new SaliencyError(
    'bad-input',
    `the box of a face, ${box.width} × ${box.height} pixels at ${box.left}, ${box.top}, has no pixel of the picture of ${picture.width} × ${picture.height}`,
  );
}

/** A part of a picture in a black square, in its middle (0.5) or at its upper left (0). */
function padded(picture: BytePicture, box: Box, place: 0 | 0.5): BytePicture {
  const side = Math.max(box.width, box.height);
  const data = new Uint8Array(side * side * 3);
  const [x, y] = place === 0 ? [0, 0] : [margin(side - box.width), margin(side - box.height)];
  for (let row = 0; row < box.height; row++) {
    const start = ((box.top + row) * picture.width + box.left) * 3;
    data.set(picture.data.subarray(start, start + box.width * 3), ((y + row) * side + x) * 3);
  }
  return { width: side, height: side, channels: 3, data };
}

function inColour({ width, height, channels, data }: Picture): BytePicture {
  const bytes = data instanceof Uint16Array ? Uint8Array.from(data, (value) => value / 257) : data;
  if (channels === 3) return { width, height, channels, data: bytes };
  const colour = new Uint8Array(bytes.length * 3);
  bytes.forEach((value, at) => {
    colour.fill(value, 3 * at, 3 * at + 3);
  });
  return { width, height, channels: 3, data: colour };
}

/** [1, 3, height, width], 0..255. */
function planes({ width, height, data }: BytePicture): Tensor {
  const size = width * height;
  const values = new Float32Array(3 * size);
  data.forEach((value, at) => {
    values[(at % 3) * size + Math.floor(at / 3)] = value;
  });
  return { data: values, shape: [1, 3, height, width], dtype: 'float32' };
}
