/** The gradient family in double arithmetic against Captum's and Zennit's maps, with their own random numbers fed in. */
import { readFileSync } from 'node:fs';
import { referenceBackend } from '@regional-saliency/conformance';
import { compile, type Method, type Tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import {
  fullGrad,
  gradientShap,
  inputXGradient,
  integratedGradients,
  method,
  smoothGrad,
} from '../src/index';
import { EXACT, expectClose, float32, float64, model, type Packed } from './fixtures';

interface Drawn {
  readonly noise: Packed;
  readonly expected: Packed;
}

interface Shap extends Drawn {
  readonly deviation: number;
  readonly places: Packed;
  readonly baselines: Packed;
  readonly given: Packed;
}

interface Golden {
  readonly input: Packed;
  readonly target: readonly number[];
  readonly begin: Packed;
  readonly 'input-x-gradient': Packed;
  readonly 'full-grad': Packed;
  readonly 'integrated-gradients': Readonly<Record<string, Packed>>;
  readonly 'smooth-grad': Readonly<Record<string, Drawn>>;
  readonly 'gradient-shap': Readonly<Record<string, Shap>>;
}

/**
 * Places of a path, their weights and noise levels are float32 constants of the program, off by up to 2^-25 of
 * themselves, where the peers have doubles.
 */
const ROUNDED_CONSTANTS = 1e-7;

/** The same where activations are smooth, so that the gradient changes with the place. */
const bounds = { plain: ROUNDED_CONSTANTS, residual: ROUNDED_CONSTANTS, tokens: 3 * ROUNDED_CONSTANTS };

function options(key: string): Record<string, string | number | boolean> {
  const pairs = key.split(' ').map((option) => option.split('=') as [string, string]);
  return Object.fromEntries(
    pairs.map(([name, value]) => [
      name,
      value === 'false' ? false : Number.isNaN(Number(value)) ? value : Number(value),
    ]),
  );
}

function goldenOf(net: string): Golden {
  const path = new URL(`./golden-gradient/${net}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Golden;
}

async function expectMapOf(
  net: string,
  made: Method,
  expected: Packed,
  within: number,
  draws: Record<string, Tensor> = {},
) {
  const { input, target } = goldenOf(net);
  const program = compile(model(net), { method: made, target: 'input' });
  expect(program.draws.map(({ input }) => input)).toEqual(Object.keys(draws));
  const session = await referenceBackend().load(program.graph);
  const targets = { data: BigInt64Array.from(target, BigInt), shape: [2], dtype: 'int64' } as const;
  const { relevance } = await session.run({ input: float32(input), target: targets, ...draws });
  expectClose(relevance!, float64(expected), within);
}

it('full-grad counts the biases of batch norms that no convolution precedes', async () => {
  await expectMapOf('dense', fullGrad(), goldenOf('dense')['full-grad'], ROUNDED_CONSTANTS);
});

describe.each(Object.entries(bounds))('%s', (net, bound) => {
  const golden = goldenOf(net);
  const expectMap = (made: Method, expected: Packed, within: number, draws?: Record<string, Tensor>) =>
    expectMapOf(net, made, expected, within, draws);

  it("input-x-gradient is Captum's", async () => {
    await expectMap(inputXGradient(), golden['input-x-gradient'], EXACT);
  });

  it('full-grad is what its definition gives, computed with autograd', async () => {
    await expectMap(fullGrad(), golden['full-grad'], bound);
  });

  it.each(Object.entries(golden['integrated-gradients']))(
    'integrated-gradients %s is that of Captum or Zennit',
    async (key, expected) => {
      const { baseline, ...given } = options(key);
      const made =
        baseline === 'given'
          ? integratedGradients({ ...given, baseline: float32(golden.begin) })
          : method('integrated-gradients', options(key));
      await expectMap(made as Method, expected, bound);
    },
  );

  it.each(Object.entries(golden['smooth-grad']))(
    'smooth-grad %s is that of Captum or Zennit, with their noise',
    async (key, { noise, expected }) => {
      const draws = noise.shape[1] === 0 ? undefined : { noise: float32(noise) };
      await expectMap(smoothGrad(options(key)), expected, bound, draws);
    },
  );

  it.each(Object.entries(golden['gradient-shap']))(
    "gradient-shap from %s baselines is Captum's, with its draws",
    async (_, { deviation, noise, places, baselines, given, expected }) => {
      const several = given.shape[0]! > 1;
      const draws = {
        places: float32(places),
        ...(several && { baselines: float32(baselines), noise: float32(noise) }),
      };
      const made = gradientShap({ n: 4, deviation, baseline: several ? float32(given) : 'zero' });
      await expectMap(made, expected, bound, draws);
    },
  );
});
