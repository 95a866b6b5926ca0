/**
 * The network of 68 landmarks as a graph: `face` [N, 3, 112, 112], RGB 0..255, the face's box padded to a square → `points`
 * [N, 136], x and y of each in fractions of that square, in the order of 300-W.
 *
 * Four blocks, each halving the size; in a block each layer reads the sum of those before it, an additive form of dense
 * connections (Huang, Liu, van der Maaten, Weinberger 2017, doi 10.1109/CVPR.2017.243). Which layers there are is read off the
 * weights' names and shapes; how they are joined, and the mean colour, are face-api.js's (V. Mühler, MIT licence).
 */
import { Builder, type Graph, N, type Value } from '@regional-saliency/core';
import { Layers, type Weights } from './weights';

/** Height and width that the network works at. */
export const faceSide = 112;

const meanColour = [122.782, 117.001, 104.298] as const;

/** @param weights of `face_landmark_68_model` */
export function landmarkNetwork(weights: Weights): Graph {
  const g = new Builder();
  const layers = new Layers(g, weights);
  const sum = (values: readonly Value[]) => g.op('Relu', [values.reduce((all, value) => g.add(all, value))]);

  const face = g.input('face', [N, 3, faceSide, faceSide]);
  let x = g.div(g.sub(face, g.constant(Float32Array.from(meanColour), [3, 1, 1])), g.scalar(255));
  for (let block = 0; block < 4; block++) {
    const path = `dense${block}/conv0`;
    const first =
      block === 0
        ? layers.convolution(x, path, { strides: [2, 2], auto_pad: 'SAME_UPPER' })
        : layers.separable(x, path, 2);
    const before = [g.op('Relu', [first])];
    for (let layer = 1; layer < 4; layer++) {
      const input = layer === 1 ? before[0]! : sum(before);
      before.push(layers.separable(input, `dense${block}/conv${layer}`, 1));
    }
    x = sum(before);
  }
  const features = g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
  const points = g.add(g.matMul(features, layers.weight('fc/weights')), layers.weight('fc/bias'));
  return g.finish({ inputs: [face], outputs: { points } });
}
