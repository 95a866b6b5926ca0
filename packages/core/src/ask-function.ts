/** What asks a function for scores: requests of a size, some at once, again after a failure, stopped by a signal. */
import pMap from 'p-map';
import pRetry from 'p-retry';
import type { BlackBox } from './black-box';
import { SaliencyError } from './errors';
import { notFinite } from './finite';
import { firstSignal } from './first-signal';
import { joinAlong, takeRows } from './rows';
import { sizeOf, type Tensor } from './tensor';

/**
 * Asks a function for the scores of any number of images, for one explanation.
 *
 * @param signal whoever explains may stop
 * @returns from images to scores; it throws the signal's reason where that aborts, SaliencyError `backend` where a request
 * fails for good, and `bad-input` for an answer that can't be used
 */
export function askingFunction(
  { predict, options }: BlackBox,
  signal?: AbortSignal,
): (images: Tensor) => Promise<Tensor> {
  const { batch, concurrency, retries, backoff, timeout, retryIf = () => true, onRetry } = options;
  // The first request that fails for good ends those beside it.
  const failed = new AbortController();
  let classes: number | undefined;
  let [requests, answered] = [0, 0];

  const attempt = async (images: Tensor, stopped: AbortSignal): Promise<Tensor> => {
    const ends = timeout === undefined ? [stopped] : [stopped, AbortSignal.timeout(timeout)];
    const limited = firstSignal(ends);
    try {
      // A copy, since procedures write over their variants, and a view's buffer holds more than the view.
      const own = { ...images, data: images.data.slice() };
      const scores = await orAborted(predict(own, { signal: limited.signal }), limited.signal);
      checkScores(scores, images.shape[0]!, classes);
      return scores;
    } finally {
      limited.release();
    }
  };

  const request = async (images: Tensor, stopped: AbortSignal): Promise<Tensor> => {
    const count = images.shape[0]!;
    let attempts = 0;
    try {
      const scores = await pRetry(
        (number) => {
          attempts = number;
          return attempt(images, stopped);
        },
        {
          retries,
          minTimeout: backoff,
          randomize: true,
          signal: stopped,
          shouldRetry: ({ error, attemptNumber, retriesLeft }) => {
            if (stopped.aborted || error instanceof SaliencyError || !retryIf(error)) return false;
            onRetry?.({ error, attempt: attemptNumber, left: retriesLeft, images: count });
            return true;
          },
        },
      );
      classes ??= scores.shape[1]!;
      requests++;
      answered += count;
      return scores;
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof SaliencyError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SaliencyError(
        'backend',
        `predict failed on a request of ${counted(count, 'image')} at attempt ${attempts} (${reason}), after ${counted(requests, 'request')} of ${counted(answered, 'image')} had been answered`,
        { cause },
      );
    }
  };

  return async (images) => {
    const count = images.shape[0]!;
    const starts = Array.from({ length: Math.ceil(count / batch) }, (_, at) => at * batch);
    const slice = (start: number) =>
      takeRows(
        images,
        Array.from({ length: Math.min(batch, count - start) }, (_, at) => start + at),
      );
    const stopped = firstSignal(signal ? [signal, failed.signal] : [failed.signal]);
    try {
      signal?.throwIfAborted();
      const ask = (start: number) => request(slice(start), stopped.signal);
      return joinAlong(await pMap(starts, ask, { concurrency }), 0);
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      stopped.release();
    }
  };
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What a promise gives, or the signal's reason where that comes first: not every function listens to it. */
function orAborted<T>(promise: Promise<T> | T, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** @param classes how many there were in answers before */
function checkScores(scores: Tensor, rows: number, classes: number | undefined): void {
  const wanted = `[${rows}, ${classes ?? 'classes'}]`;
  const refuse = (what: string): never => {
    throw new SaliencyError(
      'bad-input',
      `predict was asked about ${counted(rows, 'image')} and must give scores of shape ${wanted} in float32 or float64, but ${what}`,
    );
  };
  if (!Array.isArray(scores?.shape) || !ArrayBuffer.isView(scores.data)) refuse('gave no tensor');
  const { shape, data, dtype } = scores;
  const fits = shape.length === 2 && shape[0] === rows && shape[1] === (classes ?? shape[1]);
  if (!fits || shape[1] === 0) refuse(`gave [${shape.join(', ')}]`);
  if (data.length !== sizeOf(shape)) refuse(`gave ${data.length} numbers for [${shape.join(', ')}]`);
  if (dtype !== 'float32' && dtype !== 'float64') refuse(`gave ${dtype}`);
  const found = notFinite(scores);
  if (found) refuse(`row ${found.row} holds ${found.value}`);
}
