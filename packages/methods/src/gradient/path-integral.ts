/**
 * The gradient integrated along the straight line from an image to the one that is explained, times their difference.
 *
 * Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365.
 */
import { type MethodContext, repeat, type Value } from '@regional-saliency/core';
import type { Steps } from './steps';

/** @param begin where the line begins, which broadcasts with the input @returns as the input, signed */
export function pathIntegral(context: MethodContext, begin: Value, { places, weights }: Steps): Value {
  const { g, input, backward } = context;
  const line = g.sub(input, begin);
  // A path that ends at the image itself shares its last step with the model's own pass.
  const ends = places.at(-1) === 1;
  const count = ends ? places.length - 1 : places.length;
  const table = (numbers: readonly number[]) => g.constant(numbers.slice(0, count), [count]);
  const [at, counts] = [table(places), table(weights)];
  const own = ends ? g.mul(backward([input]).get(input)!, g.scalar(weights.at(-1)!)) : undefined;
  const [along] =
    count === 0
      ? []
      : repeat(g, count, (step) => {
          const moved = g.add(begin, g.mul(line, g.op('Gather', [at, step])));
          const there = context.at(moved);
          return [g.mul(there.backward([moved]).get(moved)!, g.op('Gather', [counts, step]))];
        });
  const integral = along && own ? g.add(along, own) : (along ?? own)!;
  return g.mul(integral, line);
}
