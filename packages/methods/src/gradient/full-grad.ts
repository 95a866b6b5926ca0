/**
 * FullGrad: a network's score is its input times the gradient there, and for every bias its value times the gradient where
 * it is added. The map puts all of them together: the input's part and each biased layer's, channel by channel.
 *
 * Srinivas & Fleuret 2019, "Full-Gradient Representation for Neural Network Visualization", arXiv 1905.00780. Its absolute
 * values are stretched to 0..1 for each image and layer, with the authors' 1e-6 against a division by zero; then summed
 * over channels. Biases of layers without places (dense ones) have no map, and are left out as there.
 *
 * A batch norm that is folded into a convolution is one bias with it here. Upsampling counts pixel centres at
 * half-integers, as everywhere in this package; the authors' code aligns corners.
 */
import {
  type Builder,
  fixedSize,
  type Method,
  type Node,
  nodesBehind,
  type Value,
} from '@regional-saliency/core';
import { upsample } from '../cam/upsample';
import type { MethodEntry } from '../entry';

/** Relevance [N, 1, H, W], not negative. */
export function fullGrad(): Method {
  return {
    id: 'full-grad',
    options: {},
    build: ({ g, input, output, backward }) => {
      const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
      const behindInput = new Set([input]);
      const biased: [Value, Value][] = [];
      for (const node of nodesBehind([output])) {
        if (!node.inputs.some((value) => value && behindInput.has(value))) continue;
        for (const value of node.outputs) behindInput.add(value);
        const bias = biasOf(g, node);
        const [layer] = node.outputs as [Value];
        if (bias && layer.shape.length === 4) biased.push([layer, bias]);
      }
      const gradients = backward([input, ...biased.map(([layer]) => layer)]);
      const parts = biased.map(([layer, bias]) => {
        const places = g.reshape(bias, [layer.shape[1]!, 1, 1]);
        const part = g.reduceSum(stretched(g, g.mul(gradients.get(layer)!, places)), [1]);
        return upsample(g, part, height!, width!, 'bilinear');
      });
      const own = g.reduceSum(stretched(g, g.mul(gradients.get(input)!, input)), [1]);
      return parts.reduce((sum, part) => g.add(sum, part), own);
    },
  };
}

/** What a layer adds to each channel whatever it reads; undefined for none. */
function biasOf(g: Builder, { op, inputs }: Node): Value | undefined {
  if (op === 'Conv' || op === 'ConvTranspose') return inputs[2];
  if (op !== 'BatchNormalization') return undefined;
  // What the running mean becomes is a bias too.
  const atZero = g.op('BatchNormalization', [
    g.constant(new Float32Array(inputs[1]!.shape[0] as number), [1, inputs[1]!.shape[0] as number, 1, 1]),
    ...inputs.slice(1),
  ]);
  return g.reshape(atZero, inputs[1]!.shape);
}

/** Absolute values, from 0 to 1 for each image. */
function stretched(g: Builder, x: Value): Value {
  const size = g.op('Abs', [x]);
  const extreme = (op: string, of: Value) => g.op(op, [of], { axes: [1, 2, 3], keepdims: 1 });
  const above = g.sub(size, extreme('ReduceMin', size));
  return g.div(above, g.add(extreme('ReduceMax', above), g.scalar(1e-6)));
}

export const entry: MethodEntry = {
  id: 'full-grad',
  title: 'FullGrad',
  about: 'gradients of the image and of every bias, batch norms folded',
  reference: 'Srinivas & Fleuret 2019, arXiv 1905.00780',
  kind: 'program',
  layer: false,
  options: {},
  make: () => fullGrad(),
};
