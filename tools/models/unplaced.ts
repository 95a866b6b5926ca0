/**
 * The relevance that z⁺ can't hand on, since it arrives at units to which nothing contributes positively.
 *
 * Behind a rectifier there are none: such a unit is 0 there and gets no relevance. Behind an activation that lets negative
 * values through (hard-swish, SiLU, GELU), or where nothing follows a convolution, there are, most of all in depthwise
 * convolutions, whose units have nine contributions. So of these networks even EpsilonPlus without biases keeps less than all.
 */
import { forward, type Method, type Value } from '@regional-saliency/core';
import { epsilon, isConvolution, type LrpRule, layerwise, lrp, zPlus } from '@regional-saliency/methods';

/** Next to nothing: values of a network without biases can be small. */
const EPSILON = 1e-30;
const convolution = zPlus(EPSILON);
const dense = epsilon(EPSILON);

/** EpsilonPlus with denominators as they are. */
export const unstabilized = lrp(
  'lrp-epsilon-plus',
  layerwise((node) => (isConvolution(node) ? convolution : dense)),
);

/** The sum of what EpsilonPlus leaves behind at such units: [N, 1, 1, 1]. */
export const unplaced: Method = {
  id: 'lrp-unplaced',
  options: {},
  mergesNorms: true,
  build: (context) => {
    const { g, input } = context;
    const left: Value[] = [];
    const counting: LrpRule = (layer, relevance) => {
      const [data, weights] = layer.node.inputs as [Value, Value];
      const positive = (value: Value) => g.op('Relu', [value]);
      const negative = (value: Value) => g.op('Clip', [value], { max: 0 });
      const contributed = g.add(
        forward(layer, [positive(data), positive(weights)]),
        forward(layer, [negative(data), negative(weights)]),
      );
      const none = g.cast(g.op('Equal', [contributed, g.scalar(0)]), 'float32');
      const [r] = relevance as [Value];
      left.push(
        g.reduceSum(
          g.mul(r, none),
          r.shape.slice(1).map((_, at) => at + 1),
        ),
      );
      return convolution(layer, relevance);
    };
    lrp(
      'lrp-epsilon-plus',
      layerwise((node) => (isConvolution(node) ? counting : dense)),
    ).build(context);
    const none = g.mul(
      g.reduceSum(
        input,
        input.shape.slice(1).map((_, at) => at + 1),
      ),
      g.scalar(0),
    );
    return left.reduce((sum, part) => g.add(sum, g.reshape(part, none.shape)), none);
  },
};
