/**
 * A model that is only a function from images to scores: behind an HTTP endpoint, in another process, in a library of its
 * own. It brings its explainer along, so that apps whose models are graphs do not load what asks functions.
 */
import {
  type BlackBoxExplainer,
  type BlackBoxExplainerOptions,
  explainBlackBox,
} from './black-box-explainer';
import { SaliencyError } from './errors';
import type { Tensor } from './tensor';

/**
 * It may answer at once too.
 *
 * @param images [n, C, H, W], n at most `batch`; the function's own copy
 * @param options.signal aborts where the explanation is stopped, another request has failed for good, or time is up
 * @returns the scores, [n, classes] in float32 or float64, the same number of classes every time
 */
export type PredictImages = (
  images: Tensor,
  options: { readonly signal: AbortSignal },
) => Promise<Tensor> | Tensor;

/** An attempt that failed and is about to be made again. */
export interface Retry {
  readonly error: Error;
  /** Which attempt failed, from 1. */
  readonly attempt: number;
  /** How many more there may be. */
  readonly left: number;
  /** How many images the request holds. */
  readonly images: number;
}

export interface BlackBoxOptions {
  /** The largest number of images in one request. Default 16. */
  readonly batch?: number | undefined;
  /** The largest number of requests at once. Default 1. */
  readonly concurrency?: number | undefined;
  /** How often a failed request is made again. Default 3. */
  readonly retries?: number | undefined;
  /** Milliseconds before the second attempt, doubled for each one more, and up to twice as long by chance. Default 500. */
  readonly backoff?: number | undefined;
  /** Milliseconds that an attempt may take; default as long as it does. */
  readonly timeout?: number | undefined;
  /**
   * Whether a request that failed so may be made again. Default: yes, but for a TypeError that is none of the network's,
   * which is a mistake in the function. Answers that can't be used are never asked for again.
   */
  readonly retryIf?: ((error: Error) => boolean) | undefined;
  /** Called before an attempt is made again. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** A model of which only predictions are to be had: what `fromFunction` makes and `createExplainer` takes. */
export interface BlackBox {
  readonly kind: 'black-box';
  readonly predict: PredictImages;
  readonly options: BlackBoxOptions & {
    readonly batch: number;
    readonly concurrency: number;
    readonly retries: number;
    readonly backoff: number;
  };
  /** What `createExplainer` gives. */
  explainer(options: BlackBoxExplainerOptions): BlackBoxExplainer;
}

/**
 * Makes a function into a model that methods explain which ask for predictions only.
 *
 * @throws SaliencyError `bad-input` for an option that is out of range
 *
 * @example
 * const explainer = await createExplainer(fromFunction(predict, { concurrency: 4 }), { method: rise(), target: 1 });
 */
export function fromFunction(predict: PredictImages, options: BlackBoxOptions = {}): BlackBox {
  const settled = {
    ...options,
    batch: options.batch ?? 16,
    concurrency: options.concurrency ?? 1,
    retries: options.retries ?? 3,
    backoff: options.backoff ?? 500,
  };
  for (const name of ['batch', 'concurrency'] as const) checkOption(name, settled[name], 1);
  for (const name of ['retries', 'backoff'] as const) checkOption(name, settled[name], 0);
  if (options.timeout !== undefined) checkOption('timeout', options.timeout, 1);
  const blackBox: BlackBox = {
    kind: 'black-box',
    predict,
    options: settled,
    explainer: (explaining) => explainBlackBox(blackBox, explaining),
  };
  return blackBox;
}

export const isBlackBox = (model: object): model is BlackBox =>
  (model as Partial<BlackBox> | undefined)?.kind === 'black-box';

function checkOption(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new SaliencyError(
    'bad-input',
    `${name} of a black box is a whole number from ${least}, not ${value}`,
  );
}
