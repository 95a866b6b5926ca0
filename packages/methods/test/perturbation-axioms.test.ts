/** What holds for every game and every image: the axioms of Shapley values, and occlusion and RISE of linear models. */
import type { Predict, Procedure, Tensor } from '@regional-saliency/core';
import { tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { featureAblation } from '../src/perturbation/feature-ablation';
import { type Fill, filling } from '../src/perturbation/fill';
import { occlusion } from '../src/perturbation/occlusion';
import { regionShapley } from '../src/perturbation/region-shapley';
import { rise } from '../src/perturbation/rise';
import { coalitionsOf, exactShapley, sampledShapley } from '../src/perturbation/shapley';

const score = fc.double({ min: -10, max: 10, noNaN: true });
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** A game of some players as the scores of all coalitions. */
const game = fc.integer({ min: 1, max: 6 }).chain((players) =>
  fc.record({
    players: fc.constant(players),
    scores: fc.array(score, { minLength: 2 ** players, maxLength: 2 ** players }),
  }),
);

const bitsOf = (coalition: Uint8Array) =>
  coalition.reduce((bits, shown, player) => bits | (shown << player), 0);

describe('exact Shapley values', () => {
  it('add up to the score of all less that of none', () => {
    fc.assert(
      fc.property(game, ({ players, scores }) => {
        const values = exactShapley(Float64Array.from(scores), players);
        expect(sum(values)).toBeCloseTo(scores.at(-1)! - scores[0]!, 9);
      }),
    );
  });

  it('are alike for players that are alike, and 0 for one that adds nothing', () => {
    fc.assert(
      fc.property(game, fc.array(score, { minLength: 3, maxLength: 3 }), ({ players, scores }, by) => {
        // Two more players that count only by how many of them are there, and one that never counts.
        const wider = Float64Array.from({ length: 2 ** (players + 3) }, (_, bits) => {
          const twins = ((bits >> players) & 1) + ((bits >> (players + 1)) & 1);
          return scores[bits % 2 ** players]! * by[twins]!;
        });
        const values = exactShapley(wider, players + 3);
        expect(values[players]).toBeCloseTo(values[players + 1]!, 9);
        expect(values[players + 2]).toBeCloseTo(0, 9);
      }),
    );
  });

  it('are those of the definition: the mean over all orders of what a player adds', () => {
    const orders = (rest: readonly number[]): number[][] =>
      rest.length === 0
        ? [[]]
        : rest.flatMap((first) =>
            orders(rest.filter((other) => other !== first)).map((tail) => [first, ...tail]),
          );
    fc.assert(
      fc.property(game, ({ players, scores }) => {
        const all = orders(Array.from({ length: players }, (_, player) => player));
        const visited = coalitionsOf(all, players).map((coalition) => scores[bitsOf(coalition)]!);
        const { values } = sampledShapley(Float64Array.from(visited), all, players);
        const exact = exactShapley(Float64Array.from(scores), players);
        for (const [player, value] of values.entries()) expect(value).toBeCloseTo(exact[player]!, 9);
      }),
      { numRuns: 20 },
    );
  });
});

/** A linear model's score, without rounding to float32. */
const linear =
  (weights: readonly number[]): Predict =>
  async ({ data, shape }) =>
    Float64Array.from({ length: shape[0]! }, (_, index) =>
      weights.reduce((total, weight, at) => total + weight * Number(data[index * weights.length + at]), 0),
    );

const run = async (procedure: Procedure, predict: Predict, image: Tensor) =>
  await procedure.run(predict, image, { batch: 7 });

/** A model of 2 channels on 4 × 5 pixels and an image for it; numbers that float32 holds. */
const numbers = fc.array(
  fc.integer({ min: -64, max: 64 }).map((value) => value / 16),
  { minLength: 40, maxLength: 40 },
);
const imageOf = (values: readonly number[]) => tensor(Float32Array.from(values), [1, 2, 4, 5]);

describe('of a linear model', () => {
  it('occlusion by single pixels is weight × (pixel − baseline), summed over channels', async () => {
    await fc.assert(
      fc.asyncProperty(
        numbers,
        numbers,
        fc.integer({ min: -2, max: 2 }),
        async (weights, values, baseline) => {
          const { relevance } = await run(
            occlusion({ window: 1, stride: 1, baseline }),
            linear(weights),
            imageOf(values),
          );
          for (let at = 0; at < 40; at++) {
            const share = [at % 20, (at % 20) + 20].map(
              (place) => weights[place]! * (values[place]! - baseline),
            );
            expect(relevance.data[at]).toBeCloseTo(sum(share), 9);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a region’s Shapley value is the sum of what its own pixels contribute', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, numbers, async (weights, values) => {
        const labels = Int32Array.from({ length: 20 }, (_, at) => (at * 7) % 3);
        const regions = tensor(labels, [4, 5]);
        const { relevance } = await run(
          regionShapley({ regions, fill: 'zero' }),
          linear(weights),
          imageOf(values),
        );
        for (let at = 0; at < 20; at++) {
          const own = weights.filter((_, place) => labels[place % 20] === labels[at]);
          const pixels = values.filter((_, place) => labels[place % 20] === labels[at]);
          expect(relevance.data[at]).toBeCloseTo(sum(own.map((weight, index) => weight * pixels[index]!)), 8);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('rise weighs the only pixel that counts most, within its standard error of what the masks’ moments say', async () => {
    const weights = Array.from({ length: 40 }, (_, at) => Number(at === 0));
    const image = imageOf(new Array<number>(40).fill(1));
    const { relevance, standardError } = await run(rise({ samples: 3000, cells: 2 }), linear(weights), image);
    // The farthest corner has cells of its own: there E[m·m'] / p = E[m] = 1/2.
    const far = 19;
    expect(Math.abs(Number(relevance.data[far]) - 0.5)).toBeLessThan(4 * Number(standardError!.data[far]));
    expect(Number(relevance.data[0])).toBe(Math.max(...Array.from(relevance.data, Number)));
    expect(Number(relevance.data[0])).toBeGreaterThan(0.6);
  });

  it('rise with masks of the caller is their mean, each weighed by the score of what it lets through', async () => {
    const masks = [0, 1].map((which) =>
      Float32Array.from({ length: 20 }, (_, at) => Number(at % 2 === which)),
    );
    const image = imageOf(Array.from({ length: 40 }, (_, at) => at));
    const { relevance } = await run(rise({ masks }), linear(new Array<number>(40).fill(1)), image);
    // What is even of 0 to 39 sums to 380, what is odd to 400; half of that, as there are two masks, over p = 1/2.
    expect([...(relevance.data as Float64Array)]).toEqual(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 380 : 400)),
    );
  });
});

describe('what a covered region shows', () => {
  const all: Predict = linear(new Array<number>(40).fill(1));
  const sumWithout = async (fill: Fill, values: readonly number[]) => {
    const { relevance } = await run(featureAblation({ grid: '1x1', fill }), all, imageOf(values));
    return sum(values) - Number(relevance.data[0]);
  };

  it('mean keeps each channel’s sum, zero leaves nothing, an image leaves its own', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, numbers, async (values, others) => {
        expect(await sumWithout('mean', values)).toBeCloseTo(sum(values), 4);
        expect(await sumWithout('zero', values)).toBe(0);
        expect(await sumWithout(imageOf(others), values)).toBeCloseTo(sum(others), 9);
      }),
      { numRuns: 30 },
    );
  });

  it('blur keeps what is the same everywhere, and draws the rest towards its surroundings', () => {
    const flat = filling(
      'blur',
      imageOf([...new Array<number>(20).fill(3), ...new Array<number>(20).fill(-2)]),
    );
    for (const [at, value] of flat.entries()) expect(value).toBeCloseTo(at < 20 ? 3 : -2, 5);
    // A wide image of one bright column: the weight of the Gaussian of 10/224 of its width, from the middle outwards.
    const width = 112;
    const line = tensor(
      Float32Array.from({ length: width }, (_, at) => Number(at === 56)),
      [1, 1, 1, width],
    );
    const spread = filling('blur', line);
    for (const distance of [1, 2, 5, 8]) {
      const ratio = Math.exp(-0.5 * (distance / 5) ** 2);
      expect(spread[56 + distance]! / spread[56]!).toBeCloseTo(ratio, 5);
      expect(spread[56 - distance]! / spread[56]!).toBeCloseTo(ratio, 5);
    }
  });

  it('refuses an image of another size', async () => {
    const fill = tensor(new Float32Array(20), [1, 4, 5]);
    await expect(sumWithout(fill, new Array<number>(40).fill(1))).rejects.toThrow(
      /image to fill with is \[1, 4, 5\]/,
    );
  });
});
