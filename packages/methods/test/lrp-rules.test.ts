/** LRP's rules on one layer against Zennit: inputs and relevance of either sign, with and without biases. */
import { describe, expect, it } from 'vitest';
import {
  alphaBeta,
  epsilon,
  flat,
  gamma,
  type LrpRule,
  withoutBias,
  wSquare,
  zBox,
  zero,
  zPlus,
} from '../src/index';
import { expectClose, float32, float64 } from './fixtures';
import { goldenLrp, type RuleCase, relevanceOf } from './rule-cases';

const low = [-3, -4, -3.5, -5];

const rules: Readonly<Record<string, LrpRule>> = {
  'alpha-beta 2 1': alphaBeta(2, 1),
  'alpha-beta 1.5 0.5 0.25': alphaBeta(1.5, 0.5, 0.25),
  'alpha-beta 1 0': alphaBeta(1, 0),
  gamma: gamma(),
  'gamma 1.5 0.25': gamma(1.5, 0.25),
  'w-square': wSquare(),
  flat: flat(),
  'z-box': zBox({ low: -4, high: 4 }),
  'z-box by channel': zBox({ low, high: low.map((value) => -value) }),
  'epsilon without bias': withoutBias(epsilon()),
  'z-plus without bias': withoutBias(zPlus()),
  'alpha-beta without bias': withoutBias(alphaBeta()),
  'gamma without bias': withoutBias(gamma()),
  'w-square without bias': withoutBias(wSquare()),
};

const cases = goldenLrp<RuleCase[]>('rules');

/** As in rules.test.ts: the ε 1e-6 is rounded to float32. */
const bound = (rule: string) => (rule.endsWith('0.25') ? 1e-13 : 1e-9);

describe.each(cases)('$name', (one) => {
  it.each(Object.keys(one.expected))('%s is what Zennit gives', (rule) => {
    expectClose(relevanceOf(one, rules[rule]!), float64(one.expected[rule]!), bound(rule), rule);
  });

  const neverNegative = float32(one.input).data.every((value) => value >= 0);
  it.each(neverNegative ? Object.keys(one.expected) : [])(
    '%s gives the same where it knows that no input is negative',
    (rule) => {
      const general = relevanceOf(one, rules[rule]!, () => false);
      expectClose(
        relevanceOf(one, rules[rule]!, () => true),
        general,
        1e-14,
        rule,
      );
    },
  );
});

describe('limits of rules', () => {
  const [one] = cases as [RuleCase];

  it('alpha-beta with alpha 1 and beta 0 is z-plus', () => {
    expectClose(relevanceOf(one, alphaBeta(1, 0)), relevanceOf(one, zPlus()), 1e-14);
  });

  it('gamma of 0 is epsilon', () => {
    expectClose(relevanceOf(one, gamma(0)), relevanceOf(one, epsilon()), 1e-12);
  });

  it('epsilon without its epsilon is zero, which hands nothing on where the outcome is 0', () => {
    expectClose(relevanceOf(one, epsilon(1e-12)), relevanceOf(one, zero()), 1e-9);
    const none = { ...one, input: { ...one.input, data: zeros(one.input.data) } };
    const unbiased = cases.find(({ op, bias }) => op === 'Conv' && !bias)!;
    const { data } = relevanceOf({ ...unbiased, input: none.input }, zero());
    expect(Array.from(data as Float64Array).every((value) => value === 0)).toBe(true);
  });

  it.each([
    [2, 2],
    [0.5, -0.5],
    [Number.NaN, 0],
  ])('alpha-beta refuses alpha %d and beta %d, which keep no relevance', (alpha, beta) => {
    expect(() => alphaBeta(alpha, beta)).toThrow(/needs alpha - beta = 1/);
  });

  it('z-box refuses a box without inside, and bounds for another number of channels', () => {
    expect(() => zBox({ low: 1, high: -1 })).toThrow(/low is 1 and high -1/);
    expect(() => zBox({ low: [0, 2], high: 1 })).toThrow(/low is 2 and high 1/);
    expect(() => relevanceOf(one, zBox({ low: [0, 1], high: 2 }))).toThrow(
      /2 values, but the input has 4 channels/,
    );
  });

  it('z-box without bounds takes those of each channel of each image', () => {
    const { data, shape } = float32(one.input);
    const [images, channels, height, width] = shape as [number, number, number, number];
    const plane = height * width;
    const values = Array.from({ length: images * channels }, (_, at) =>
      Array.from(data).slice(at * plane, (at + 1) * plane),
    );
    const own = relevanceOf(one, zBox());
    for (let image = 0; image < images; image++) {
      const rows = values.slice(image * channels, (image + 1) * channels);
      const box = { low: rows.map((row) => Math.min(...row)), high: rows.map((row) => Math.max(...row)) };
      const given = relevanceOf(one, zBox(box));
      const size = channels * plane;
      const part = (all: typeof own) => ({
        ...all,
        data: (all.data as Float64Array).slice(image * size, (image + 1) * size),
        shape: [1, channels, height, width],
      });
      expectClose(part(own), part(given), 1e-13);
    }
  });
});

const zeros = (data: string) => Buffer.alloc(Buffer.from(data, 'base64').length).toString('base64');
