/**
 * The gradient integrated along the straight line from an image to the one that is explained, times their difference.
 *
 * Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365.
 */
import { type MethodContext, repeat, type Value } from '@regional-saliency/core';
import type { Steps } from './steps';

/**
 * Inputs that are explained together move together, each along its own line.
 *
 * @param begin where an input's line begins, which broadcasts with it
 * @returns as the input, signed
 */
export function pathIntegral(
  context: MethodContext,
  begin: (input: Value) => Value,
  { places, weights }: Steps,
): Value {
  const { g, input, inputs, backward } = context;
  const lines = new Map(
    inputs.map((each) => {
      const from = begin(each);
      return [each, { from, by: g.sub(each, from) }];
    }),
  );
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
          const there = context.at((each) => {
            const { from, by } = lines.get(each)!;
            return g.add(from, g.mul(by, g.op('Gather', [at, step])));
          });
          return [g.mul(there.backward([there.input]).get(there.input)!, g.op('Gather', [counts, step]))];
        });
  const integral = along && own ? g.add(along, own) : (along ?? own)!;
  return g.mul(integral, lines.get(input)!.by);
}
