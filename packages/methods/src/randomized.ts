/**
 * Whether a map depends on what the model has learnt: the model with the weights of its last layers in random order, to be
 * explained again. A map that stays the same shows the image, not the model.
 *
 * Adebayo et al. 2018, "Sanity Checks for Saliency Maps", arXiv 1810.03292, the cascading randomisation; there weights are drawn
 * anew, here a layer's own are shuffled, so that each keeps the distribution it had.
 */
import {
  Builder,
  type Constant,
  canonize,
  type Graph,
  isFixed,
  nodesBehind,
  nodesOf,
  rewrite,
  rolesOf,
  SaliencyError,
  type TypedArray,
  type Value,
} from '@regional-saliency/core';
import { permutation } from './perturbation/shapley';
import { generatorOf } from './random';

/**
 * The model with the weights and biases of its last `layers` linear layers (convolutions, dense layers; batch norms folded)
 * shuffled, each among themselves; one more leaves the others as they were shuffled before.
 *
 * @param layers counted from the output; `Infinity` for all
 * @throws SaliencyError `bad-input` unless `layers` is a whole number from 0, or for a model without linear layers
 */
export function randomized(model: Graph, layers: number, seed = 0): Graph {
  if (!(layers === Number.POSITIVE_INFINITY || (Number.isSafeInteger(layers) && layers >= 0))) {
    throw new SaliencyError(
      'bad-input',
      `how many layers are shuffled is a whole number from 0, not ${layers}`,
    );
  }
  const graph = canonize(model);
  const { of } = rolesOf(graph);
  const linear = nodesOf(graph).filter((node) => of.get(node) === 'linear');
  if (linear.length === 0) {
    throw new SaliencyError(
      'bad-input',
      'the model has no convolution or dense layer whose weights could be shuffled',
    );
  }
  const g = new Builder(graph);
  const shuffled = new Map<Value, Value>();
  for (const [place, node] of linear.reverse().slice(0, layers).entries()) {
    for (const [at, input] of node.inputs.entries()) {
      if (!input || !isFixed(input)) continue;
      for (const weights of weightsBehind(input)) {
        if (shuffled.has(weights)) continue;
        const constant = inRandomOrder(weights.constant!, generatorOf(seed, place, at));
        shuffled.set(weights, g.constantOf(constant, weights.name));
      }
    }
  }
  return rewrite(graph, () => undefined, g, shuffled);
}

/** The floats that a fixed value is computed from. */
function weightsBehind(value: Value): Value[] {
  const all = [value, ...nodesBehind([value]).flatMap(({ inputs }) => inputs)];
  return all.filter((each): each is Value => each?.constant !== undefined && each.dtype.includes('float'));
}

function inRandomOrder(constant: Constant, generator: ReturnType<typeof generatorOf>): Constant {
  let own: TypedArray | undefined;
  return {
    dtype: constant.dtype,
    shape: constant.shape,
    read: () => {
      if (own) return own;
      const values = constant.read() as Float32Array;
      const order = permutation(generator, values.length);
      own = values.map((_, at) => values[order[at]!]!);
      return own;
    },
  };
}
