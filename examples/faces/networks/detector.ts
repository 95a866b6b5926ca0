/**
 * The network that finds faces, as a graph: `image` [N, 3, 416, 416], RGB 0..255, padded to a square on the right or below →
 * `cells` [N, 25, 13, 13], five boxes a cell of five numbers each.
 *
 * A small YOLO (Redmon and Farhadi 2017, doi 10.1109/CVPR.2017.690) of separable convolutions. Which layers there are is read
 * off the weights' names and shapes; paddings, slope, anchors and mean colour are face-api.js's (V. Mühler, MIT licence).
 */
import { Builder, type Graph, N, type Tensor, type Value } from '@regional-saliency/core';
import { Layers, type Weights } from './weights';

/** Height and width that the network works at. */
export const imageSide = 416;

const meanColour = [117.001, 114.697, 97.404] as const;

/** Widths and heights that boxes are multiples of, in cells. */
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

/** @param weights of `tiny_face_detector_model` */
export function detectorNetwork(weights: Weights): Graph {
  const g = new Builder();
  const layers = new Layers(g, weights);
  const leaky = (x: Value) => g.op('LeakyRelu', [x], { alpha: 0.1 });
  const pool = (x: Value, stride: number) =>
    g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [stride, stride], auto_pad: 'SAME_UPPER' });

  const image = g.input('image', [N, 3, imageSide, imageSide]);
  const mean = g.constant(Float32Array.from(meanColour), [3, 1, 1]);
  let x = g.div(g.sub(image, mean), g.scalar(255));
  x = pool(leaky(layers.convolution(x, 'conv0', {})), 2);
  for (let layer = 1; layer < 6; layer++) {
    x = pool(leaky(layers.separable(x, `conv${layer}`, 1)), layer < 5 ? 2 : 1);
  }
  return g.finish({ inputs: [image], outputs: { cells: layers.convolution(x, 'conv8', {}) } });
}

/** A face's box, in fractions of the square, and how sure the network is (0..1). */
export interface Face {
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The box of the highest score. @param cells of one image */
export function likeliestFace({ data, shape }: Tensor): Face {
  const [, , rows, columns] = shape as [number, number, number, number];
  const at = (anchor: number, number: number, cell: number) =>
    Number(data[(anchor * 5 + number) * rows * columns + cell]);
  let [best, bestAnchor, bestCell] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let anchor = 0; anchor < anchors.length; anchor++) {
    for (let cell = 0; cell < rows * columns; cell++) {
      if (at(anchor, 4, cell) <= best) continue;
      [best, bestAnchor, bestCell] = [at(anchor, 4, cell), anchor, cell];
    }
  }
  const number = (index: number) => at(bestAnchor, index, bestCell);
  const [column, row] = [bestCell % columns, Math.floor(bestCell / columns)];
  const width = (Math.exp(number(2)) * anchors[bestAnchor]![0]) / columns;
  const height = (Math.exp(number(3)) * anchors[bestAnchor]![1]) / rows;
  return {
    score: sigmoid(best),
    left: (column + sigmoid(number(0))) / columns - width / 2,
    top: (row + sigmoid(number(1))) / rows - height / 2,
    width,
    height,
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
