import { createRequire } from 'node:module';
import { type Constant, createExplainer, sizeOf, tensor } from '@regional-saliency/core';
import { gradient } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { landmarkParts, parseRegions } from '@regional-saliency/regions';
import type { Picture } from '@regional-saliency/study';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { drawFace } from './draw-face';
import { detectorNetwork, likeliestFace } from './networks/detector';
import { landmarkFinder } from './networks/find';
import { landmarkNetwork } from './networks/landmarks-68';
import { isFetched, packageFolder, type Weights, weightsOf } from './networks/weights';

const backend = onnxruntimeBackend(ort, { threads: 1 });

/** Zeros, but for what is given, in the shapes of the package's weights. */
function madeUp(kind: 'detector' | 'landmarks', given: Readonly<Record<string, number[]>>): Weights {
  const weights = new Map<string, Constant>();
  const add = (name: string, shape: number[]) => {
    const data = Float32Array.from(given[name] ?? new Float32Array(sizeOf(shape)));
    weights.set(name, { dtype: 'float32', shape, read: () => data });
  };
  const filters = (path: string, side: number, inner: number, outer: number) => {
    add(`${path}/filters`, [side, side, inner, outer]);
    add(`${path}/bias`, [outer]);
  };
  const separable = (path: string, inner: number, outer: number) => {
    add(`${path}/depthwise_filter`, [3, 3, inner, 1]);
    add(`${path}/pointwise_filter`, [1, 1, inner, outer]);
    add(`${path}/bias`, [outer]);
  };
  if (kind === 'detector') {
    filters('conv0', 3, 3, 16);
    for (const [at, outer] of [32, 64, 128, 256, 512].entries()) separable(`conv${at + 1}`, outer / 2, outer);
    filters('conv8', 1, 512, 25);
  } else {
    for (const [block, outer] of [32, 64, 128, 256].entries()) {
      for (let layer = 0; layer < 4; layer++) {
        const path = `dense${block}/conv${layer}`;
        if (block === 0 && layer === 0) filters(path, 3, 3, outer);
        else separable(path, layer === 0 ? outer / 2 : outer, outer);
      }
    }
    add('fc/weights', [256, 136]);
    add('fc/bias', [136]);
  }
  return weights;
}

/** Any picture, the same each time: waves of colours. */
function waves(width: number, height: number): Picture {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return 127 + 60 * Math.sin(x / 9 + (at % 3)) + 60 * Math.cos(y / 13 - x / 31);
  });
  return { width, height, channels: 3, data };
}

/** [3, height, width], 0..255. */
function planesOf({ width, height, data }: Picture): Float32Array {
  const size = width * height;
  return Float32Array.from({ length: 3 * size }, (_, at) => data[(at % size) * 3 + Math.floor(at / size)]!);
}

/** Points on a ring, in fractions of the square that the network sees. */
const ring = Array.from({ length: 68 }, (_, at) => [0.5 + 0.4 * Math.sin(at), 0.5 + 0.4 * Math.cos(at)]) as [
  number,
  number,
][];

/** That find the ring in any box, and the likeliest face in the cell (6, 6) of 13, 2 by 3 of anchor 0. */
const planted = {
  landmarks: madeUp('landmarks', { 'fc/bias': ring.flat() }),
  detector: madeUp('detector', {
    'conv8/bias': [0, 0, Math.log(2 / 1.603231), Math.log(3 / 2.094468), 3, ...Array(20).fill(-9)],
  }),
};

describe('landmarks of a photograph', () => {
  it('are carried from the box, padded to a square, to the picture', async () => {
    const finder = await landmarkFinder(backend, planted);
    const picture = waves(200, 160);
    const { box, score, landmarks } = (await finder.find(picture, {
      left: 30,
      top: 20,
      width: 60,
      height: 100,
    }))!;
    expect([box, score]).toEqual([{ left: 30, top: 20, width: 60, height: 100 }, undefined]);
    // The square is 100 wide: it begins 20 left of the box.
    landmarks.forEach(([x, y], at) => {
      expect(x * 200).toBeCloseTo(10 + 100 * ring[at]![0], 3);
      expect(y * 160).toBeCloseTo(20 + 100 * ring[at]![1], 3);
    });
    await finder.dispose();
  });

  it('stay within the picture, where the box reaches beyond it', async () => {
    const finder = await landmarkFinder(backend, planted);
    const { box, landmarks } = (await finder.find(waves(90, 90), {
      left: -20.5,
      top: -20,
      width: 300,
      height: 60,
    }))!;
    expect(box).toEqual({ left: 0, top: 0, width: 90, height: 40 });
    for (const value of landmarks.flat()) expect(value >= 0 && value <= 1).toBe(true);
    await expect(finder.find(waves(90, 90), { left: 95, top: 0, width: 20, height: 20 })).rejects.toThrow(
      'has no pixel of the picture of 90 × 90',
    );
    await finder.dispose();
  });

  it('are those of the likeliest face, whatever the pixels are made of', async () => {
    const finder = await landmarkFinder(backend, planted);
    const { data } = waves(130, 130);
    const grey = data.filter((_, at) => at % 3 === 0);
    const kinds: Picture[] = [
      waves(130, 130),
      { width: 130, height: 130, channels: 1, data: Uint8Array.from(grey) },
      { width: 130, height: 130, channels: 1, data: Uint16Array.from(grey, (value) => value * 257) },
    ];
    for (const picture of kinds) {
      const { box, score, landmarks } = (await finder.find(picture))!;
      expect(score).toBeCloseTo(1 / (1 + Math.exp(-3)), 5);
      // All cells are alike, so the first one counts: its centre is half a cell, of 10 pixels, from the corner.
      expect(box).toEqual({ left: 0, top: 0, width: 15, height: 20 });
      const drawn = drawFace(picture, landmarks);
      expect([drawn.width, drawn.height, drawn.data.length]).toEqual([130, 130, 130 * 130 * 3]);
    }
    await finder.dispose();
  });

  it('are none where there is no face', async () => {
    const detector = madeUp('detector', { 'conv8/bias': Array(25).fill(-1) });
    const finder = await landmarkFinder(backend, { ...planted, detector });
    expect(await finder.find(waves(64, 64))).toBeUndefined();
    await finder.dispose();
  });

  it('are regions of a study', async () => {
    const finder = await landmarkFinder(backend, planted);
    const face = await finder.find(waves(100, 100), { left: 10, top: 10, width: 80, height: 80 });
    const regions = await parseRegions([{ type: 'landmarks', file: 'landmarks/{image}.json' }], {
      readFile: async (file) => {
        expect(file).toBe('landmarks/anna.json');
        return new TextEncoder().encode(JSON.stringify(face));
      },
    });
    const found = await regions({ name: 'anna', width: 100, height: 100 });
    expect(found.map(({ name }) => name)).toEqual(['eyes', 'nose', 'mouth']);
    await finder.dispose();
  });
});

it('the likeliest face is the box of the highest score, by its anchor and cell', () => {
  const cells = new Float32Array(25 * 13 * 13).fill(-4);
  const set = (number: number, value: number) => {
    cells[(3 * 5 + number) * 169 + 7 * 13 + 4] = value;
  };
  for (const [number, value] of [0, 0, 0, 0, 2].entries()) set(number, value);
  const face = likeliestFace(tensor(cells, [1, 25, 13, 13]));
  expect(face.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  expect(face.width).toBeCloseTo(4.266906 / 13, 6);
  expect(face.height).toBeCloseTo(5.178857 / 13, 6);
  expect(face.left + face.width / 2).toBeCloseTo(4.5 / 13, 6);
  expect(face.top + face.height / 2).toBeCloseTo(7.5 / 13, 6);
});

const fetched = isFetched();
const reason = fetched ? '' : ' (not fetched: npx tsx examples/faces/landmarks.ts photo.jpg)';

describe.runIf(fetched)(`with the weights of @vladmandic/face-api${reason}`, () => {
  it('box, score and points are those of the package itself, where nothing has to be resized', async () => {
    const peer = await loadPeer();
    const { tf } = peer;
    const picture = waves(416, 416);
    const image = tf.tensor3d(Int32Array.from(picture.data), [416, 416, 3], 'int32');

    const finder = await landmarkFinder(backend);
    const given = { left: 100, top: 50, width: 112, height: 112 };
    const ours = (await finder.find(picture, given))!.landmarks;
    const face = tf.slice(image, [given.top, given.left, 0], [112, 112, 3]);
    const { positions } = await peer.nets.faceLandmark68Net.detectLandmarks(face);
    positions.forEach(({ x, y }, at) => {
      expect(Math.abs(ours[at]![0] * 416 - given.left - x)).toBeLessThan(1e-3);
      expect(Math.abs(ours[at]![1] * 416 - given.top - y)).toBeLessThan(1e-3);
    });
    await finder.dispose();

    const detector = await backend.load(detectorNetwork(weightsOf('tiny_face_detector_model')));
    const { cells } = await detector.run({ image: tensor(planesOf(picture), [1, 3, 416, 416]) });
    const { score, left, top, width, height } = likeliestFace(cells!);
    const options = new peer.TinyFaceDetectorOptions({ inputSize: 416, scoreThreshold: 1e-9 });
    const detection = (await peer.detectSingleFace(image, options))!;
    expect(score).toBeCloseTo(detection.score, 5);
    const { x, y, width: w, height: h } = detection.box;
    [left, top, width, height].forEach((value, at) => {
      expect(value * 416).toBeCloseTo([x, y, w, h][at]!, 2);
    });
    await detector.dispose();
  });

  it('a landmark is explained as any output is', async () => {
    const explainer = await createExplainer(landmarkNetwork(weightsOf('face_landmark_68_model')), {
      backend,
      method: gradient(),
      target: 'input',
    });
    const images = tensor(planesOf(waves(112, 112)), [1, 3, 112, 112]);
    const tip = 2 * landmarkParts.bridge[1];
    const { output, target, relevance } = await explainer.explain(images, { target: tip });
    expect([output.shape, [...target]]).toEqual([[1, 136], [tip]]);
    // A step against the gradient of the tip's x moves it left, by the step times the gradient's square.
    const slope = relevance.data as Float32Array;
    const square = slope.reduce((sum, value) => sum + value * value, 0);
    const step = 1e-3 / square;
    const moved = tensor(
      (images.data as Float32Array).map((value, at) => value - step * slope[at]!),
      [1, 3, 112, 112],
    );
    const after = (await explainer.explain(moved, { target: tip })).output.data as Float32Array;
    expect(Number(output.data[tip]) - after[tip]!).toBeCloseTo(1e-3, 4);
    await explainer.dispose();
  });
});

type Image = object;
type Net = { loadFromWeightMap(weights: Record<string, Image>): void };

/** What is used of the package. */
interface Peer {
  readonly tf: {
    setBackend(name: string): Promise<boolean>;
    tensor(data: ArrayLike<number>, shape: readonly number[]): Image;
    tensor3d(data: Int32Array, shape: readonly number[], dtype: 'int32'): Image;
    slice(image: Image, begin: readonly number[], size: readonly number[]): Image;
  };
  readonly nets: {
    readonly tinyFaceDetector: Net;
    readonly faceLandmark68Net: Net & {
      detectLandmarks(face: Image): Promise<{ positions: { x: number; y: number }[] }>;
    };
  };
  readonly TinyFaceDetectorOptions: new (options: { inputSize: number; scoreThreshold: number }) => object;
  detectSingleFace(
    image: Image,
    options: object,
  ): Promise<{ score: number; box: Record<'x' | 'y' | 'width' | 'height', number> } | undefined>;
}

/** The package in Node, on tfjs's cpu backend; it asks for tfjs by name, which this example has. */
async function loadPeer() {
  const require = createRequire(import.meta.url);
  const { readFileSync } = await import('node:fs');
  const module = { exports: {} as Peer };
  const code = readFileSync(`${packageFolder}dist/face-api.node-wasm.js`, 'utf8');
  new Function('module', 'exports', 'require', code)(module, module.exports, require);
  const peer = module.exports;
  await peer.tf.setBackend('cpu');
  for (const [net, model] of [
    [peer.nets.tinyFaceDetector, 'tiny_face_detector_model'],
    [peer.nets.faceLandmark68Net, 'face_landmark_68_model'],
  ] as const) {
    const weights = [...weightsOf(model)].map(([name, { shape, read }]) => [
      name,
      peer.tf.tensor(read() as Float32Array, shape),
    ]);
    net.loadFromWeightMap(Object.fromEntries(weights));
  }
  return peer;
}
