/**
 * DeepLIFT averaged over a set of baselines, which approximates Shapley values against that set.
 *
 * Lundberg, Lee 2017, "A Unified Approach to Interpreting Model Predictions", arXiv 1705.07874. Captum: DeepLiftShap. A map
 * sums to the score at the image minus the mean score of the baselines.
 */
import {
  type Builder,
  type Method,
  repeat,
  SaliencyError,
  sameShape,
  showShape,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { contribution } from './contribution';

export interface DeepLiftShapOptions {
  /** Images [B, C, H, W], as a rule from the study's own data; or B numbers, each an image of one value. */
  readonly baselines: Tensor | readonly number[];
}

/** Relevance [N, C, H, W], signed. */
export function deepLiftShap({ baselines }: DeepLiftShapOptions): Method {
  const count = 'shape' in baselines ? (baselines.shape[0] ?? 0) : baselines.length;
  if (count === 0) {
    throw new SaliencyError('bad-input', 'deep-lift-shap needs at least one baseline to compare with');
  }
  return {
    id: 'deep-lift-shap',
    options: { baselines: 'shape' in baselines ? `images of ${showShape(baselines.shape)}` : baselines },
    build: (context) => {
      const { g, input, inputs } = context;
      const tables = new Map(inputs.map((each) => [each, tableOf(g, each, baselines)]));
      // The walks stand in a loop: what a layer has there can't be captured, as it could from one walk.
      const inLoop = context.at(input);
      const [sum] = repeat(g, count, (step) => [
        contribution(inLoop, input, (each) => g.op('Gather', [tables.get(each)!, step], { axis: 0 })),
      ]);
      return g.div(sum!, g.scalar(count, input.dtype));
    },
  };
}

function tableOf(g: Builder, input: Value, baselines: Tensor | readonly number[]): Value {
  if (!('shape' in baselines))
    return g.constant(baselines, [baselines.length, ...input.shape.slice(1).map(() => 1)]);
  if (!sameShape(baselines.shape.slice(1), input.shape.slice(1))) {
    throw new SaliencyError(
      'bad-input',
      `baselines have the shape of images, ${showShape(input.shape)}, but these are ${showShape(baselines.shape)}`,
    );
  }
  return g.constantOf(baselines);
}

/** Numbers as the prompt gives them: `-1,0,1`. */
function numbersOf(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.every(Number.isFinite)) return numbers;
  throw new SaliencyError(
    'bad-input',
    `baselines of deep-lift-shap are numbers with commas between, as in "-1,0,1", not "${text}"`,
  );
}

export const entry: MethodEntry = {
  id: 'deep-lift-shap',
  title: 'DeepLIFT over several baselines',
  about: "mean of DeepLIFT over several baselines: Captum's DeepLiftShap",
  reference: 'Lundberg and Lee 2017, arXiv 1705.07874',
  kind: 'program',
  layer: false,
  options: {
    baselines: {
      default: undefined,
      about: 'what the image is compared with: numbers with commas between, -1,0,1 without; images in code',
    },
  },
  make: ({ baselines }) => deepLiftShap({ baselines: numbersOf(String(baselines ?? '-1,0,1')) }),
};
