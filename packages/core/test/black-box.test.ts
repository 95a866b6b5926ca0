/** A model that is only a function: what is asked of it, how often, and what becomes of its answers. */
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlackBoxOptions,
  createExplainer,
  fromFunction,
  type Method,
  type PredictImages,
  type Procedure,
  procedure,
  SaliencyError,
  type Tensor,
  tensor,
} from '../src/index';

/** Scores of [n, 1, 2, 2] images: the sum of the pixels, and the sum less 1. */
const score = async (images: Tensor): Promise<Tensor> => {
  const rows = images.shape[0]!;
  const sums = Array.from({ length: rows }, (_, row) =>
    Array.from(images.data.subarray(4 * row, 4 * row + 4), Number).reduce((a, b) => a + b),
  );
  return tensor(
    sums.flatMap((sum) => [sum, sum - 1]),
    [rows, 2],
  );
};

/** Scores `count` variants, the image times 0, 1, 2 …, in one call, and puts the first four scores into the map. */
const multiples = (count: number): Procedure =>
  procedure({
    id: 'multiples',
    options: {},
    run: async (predict, image, { progress }) => {
      const data = Float32Array.from(
        { length: count * 4 },
        (_, at) => Number(image.data[at % 4]! as number) * Math.floor(at / 4),
      );
      const scores = await predict({ data, shape: [count, 1, 2, 2], dtype: 'float32' });
      progress?.(count, count);
      return { relevance: { data: scores.slice(0, 4), shape: [1, 1, 2, 2], dtype: 'float64' } };
    },
  });

const image = tensor([1, 1, 1, 1], [1, 1, 2, 2]);
const quick = { backoff: 0 };

const explained = (
  predict: PredictImages,
  options: BlackBoxOptions = quick,
  more: { count?: number; signal?: AbortSignal; images?: Tensor } = {},
) =>
  createExplainer(fromFunction(predict, options), { method: multiples(more.count ?? 10) }).then((made) =>
    made.explain(more.images ?? image, { signal: more.signal }),
  );

/** A function that says what it was asked, and how many requests were open at once. */
function watched(predict: PredictImages = score) {
  const sizes: number[] = [];
  const open = { now: 0, most: 0 };
  const asked: PredictImages = async (images, options) => {
    sizes.push(images.shape[0]!);
    open.most = Math.max(open.most, ++open.now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    try {
      return await predict(images, options);
    } finally {
      open.now--;
    }
  };
  return { asked, sizes, open };
}

it('a function that answers at once is asked as one that promises, and may throw at once', async () => {
  const expected = await explained(score);
  const answers: Tensor[] = [];
  await explained(async (images) => {
    const answer = await score(images);
    answers.push(answer);
    return answer;
  });
  const atOnce = await explained(() => answers.shift()!);
  expect(atOnce.relevance).toEqual(expected.relevance);
  const thrown = explained(
    () => {
      throw new Error('no weights');
    },
    { ...quick, retries: 0 },
  );
  await expect(thrown).rejects.toThrow(/no weights/);
});

describe('a function as a model', () => {
  it('is explained in the scores of its predicted class, with no backend', async () => {
    const { output, target, relevance } = await explained(score);
    expect(Array.from(output.data, Number)).toEqual([4, 3]);
    expect(Array.from(target)).toEqual([0]);
    expect(Array.from(relevance.data, Number)).toEqual([0, 4, 8, 12]);
  });

  it('takes a target for all images, or one with each', async () => {
    const two = tensor([1, 1, 1, 1, 2, 2, 2, 2], [2, 1, 2, 2]);
    const settled = await createExplainer(fromFunction(score), { method: multiples(4), target: 1 });
    expect(Array.from((await settled.explain(two)).relevance.data, Number)).toEqual([
      -1, 3, 7, 11, -1, 7, 15, 23,
    ]);
    const open = await createExplainer(fromFunction(score), { method: multiples(4), target: 'input' });
    const { relevance, target } = await open.explain(two, { target: [0, 1] });
    expect(target).toEqual(Int32Array.of(0, 1));
    expect(Array.from(relevance.data, Number)).toEqual([0, 4, 8, 12, -1, 7, 15, 23]);
    await expect(open.explain(two)).rejects.toThrow('needs a target for each image');
    const beyond = await createExplainer(fromFunction(score), { method: multiples(4), target: 2 });
    await expect(beyond.explain(two)).rejects.toThrow('target 2 is out of range: the model has 2 outputs');
  });

  it('is told how far its explanation has come', async () => {
    const seen: number[][] = [];
    const made = await createExplainer(fromFunction(score), { method: multiples(7) });
    await made.explain(tensor(new Float32Array(8), [2, 1, 2, 2]), {
      progress: (done, total) => seen.push([done, total]),
    });
    expect(seen).toEqual([
      [7, 14],
      [14, 14],
    ]);
  });

  it('gets images of its own, not views into those that are written over', async () => {
    const kept: Tensor[] = [];
    await explained(async (images) => {
      kept.push(images);
      return score(images);
    });
    for (const { data } of kept) expect(data.buffer.byteLength).toBe(data.byteLength);
  });

  it('is refused a method that looks inside a model, in a sentence that names some that do not', async () => {
    const gradient: Method = { id: 'gradient', options: {}, build: ({ input }) => input };
    const inside: Procedure = { ...multiples(1), id: 'score-cam', needsParts: true };
    for (const method of [gradient, inside, [multiples(1), gradient]]) {
      await expect(createExplainer(fromFunction(score), { method })).rejects.toThrow(
        /^(gradient|score-cam) looks inside a model, and this one is only a function: take .*occlusion.* rise$/,
      );
    }
  });
});

describe('requests', () => {
  it('hold at most as many images as asked for, in order, and no more are open than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        async (count, batch, concurrency) => {
          const { asked, sizes, open } = watched();
          const { relevance } = await explained(asked, { batch, concurrency }, { count });
          expect(Array.from(relevance.data, Number)).toEqual([0, 4, 8, 12]);
          expect(sizes.slice(1).reduce((a, b) => a + b)).toBe(count);
          expect(sizes.length).toBe(1 + Math.ceil(count / batch));
          expect(Math.max(...sizes)).toBeLessThanOrEqual(batch);
          expect(open.most).toBeLessThanOrEqual(concurrency);
          if (count > batch && concurrency > 1) expect(open.most).toBeGreaterThan(1);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('that fail are made again, alone, and every attempt can be seen', async () => {
    let failures = 0;
    const asked: string[] = [];
    const seen: unknown[] = [];
    const { relevance } = await explained(
      async (images) => {
        asked.push(images.data.join());
        if (images.shape[0] === 3 && images.data[0] === 3 && failures++ < 2) throw new Error('HTTP 503');
        return score(images);
      },
      {
        ...quick,
        batch: 3,
        concurrency: 2,
        onRetry: ({ error, ...rest }) => seen.push([error.message, rest]),
      },
    );
    expect(Array.from(relevance.data, Number)).toEqual([0, 4, 8, 12]);
    expect(seen).toEqual([
      ['HTTP 503', { attempt: 1, left: 3, images: 3 }],
      ['HTTP 503', { attempt: 2, left: 2, images: 3 }],
    ]);
    // The image and four requests, one of them thrice.
    expect(asked).toHaveLength(7);
    expect(new Set(asked).size).toBe(5);
  });

  it('that fail for good end in an error that says how far it came, and end those beside them', async () => {
    let ended = false;
    const failing: PredictImages = async (images, { signal }) => {
      if (images.data[0] === 6) throw new Error('HTTP 503');
      if (images.data[0] === 9) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = true;
      }
      return score(images);
    };
    const error = await explained(failing, { ...quick, batch: 3, concurrency: 2, retries: 2 }).catch(
      (caught) => caught,
    );
    expect(error).toBeInstanceOf(SaliencyError);
    expect(error.code).toBe('backend');
    expect(error.message).toBe(
      'predict failed on a request of 3 images at attempt 3 (HTTP 503), after 3 requests of 7 images had been answered',
    );
    expect(error.cause.message).toBe('HTTP 503');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ended).toBe(true);
  });

  it('are not made again where that is not wanted, nor after a mistake in the function', async () => {
    const failed = async (error: Error, options: BlackBoxOptions = {}) => {
      let asked = 0;
      const predict = async () => {
        asked++;
        throw error;
      };
      await expect(explained(predict, { ...quick, ...options })).rejects.toThrow('at attempt');
      return asked;
    };
    expect(await failed(new Error('HTTP 503'))).toBe(4);
    expect(await failed(new Error('HTTP 503'), { retries: 0 })).toBe(1);
    expect(await failed(new Error('HTTP 400'), { retryIf: ({ message }) => !message.includes('400') })).toBe(
      1,
    );
    expect(await failed(new TypeError('scores is not a function'))).toBe(1);
  });

  it('may take so long and no longer, whether or not the function listens', async () => {
    const deaf: PredictImages = () => new Promise(() => undefined);
    await expect(explained(deaf, { ...quick, retries: 1, timeout: 10 })).rejects.toThrow(
      /at attempt 2 \(.*timeout\), after 0 requests of 0 images had been answered/,
    );
    let slow = true;
    const once: PredictImages = async (images, { signal }) => {
      if (!slow) return score(images);
      slow = false;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    expect(Array.from((await explained(once, { ...quick, timeout: 50 })).relevance.data, Number)).toEqual([
      0, 4, 8, 12,
    ]);
  });

  it('end with the signal, with its reason, between attempts too', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const { asked, sizes } = watched(async (images) => {
      if (sizes.length === 2) stop.abort(reason);
      return score(images);
    });
    await expect(explained(asked, { batch: 1 }, { signal: stop.signal })).rejects.toBe(reason);
    expect(sizes).toEqual([1, 1]);

    const waiting = new AbortController();
    const failing = async () => {
      setTimeout(() => waiting.abort(reason), 5);
      throw new Error('HTTP 503');
    };
    const began = Date.now();
    await expect(explained(failing, { backoff: 60_000 }, { signal: waiting.signal })).rejects.toBe(reason);
    expect(Date.now() - began).toBeLessThan(30_000);
    await expect(explained(score, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('leave nothing behind on a signal that lives longer, whether they are answered or fail', async () => {
    const { signal } = new AbortController();
    const open = () => getEventListeners(signal, 'abort').length;
    const most: number[] = [];
    const counted: PredictImages = async (images) => {
      most.push(open());
      return score(images);
    };
    for (let times = 0; times < 3; times++) {
      await explained(counted, { ...quick, batch: 1, concurrency: 4, timeout: 60_000 }, { signal });
      expect(open()).toBe(0);
    }
    expect(Math.max(...most)).toBe(1);
    const failing = async () => Promise.reject(new Error('HTTP 503'));
    await expect(explained(failing, quick, { signal })).rejects.toThrow('at attempt 4');
    expect(open()).toBe(0);
  });

  it('run where AbortSignal.any is missing, as in Node 20.0', async () => {
    const { any } = AbortSignal;
    Object.defineProperty(AbortSignal, 'any', { value: undefined, configurable: true, writable: true });
    try {
      const { signal } = new AbortController();
      const { relevance } = await explained(score, { ...quick, timeout: 60_000 }, { signal });
      expect(Array.from(relevance.data, Number)).toEqual([0, 4, 8, 12]);
    } finally {
      AbortSignal.any = any;
    }
  });
});

describe('an answer', () => {
  const refused = (answer: unknown, message: RegExp | string) =>
    expect(explained(async () => answer as Tensor)).rejects.toThrow(message);

  it('that is no scores of these images is refused in a sentence, and not asked for again', async () => {
    await refused(undefined, 'asked about 1 image and must give scores of shape [1, classes] in float32 or');
    await refused([[1, 2]], 'gave no tensor');
    await refused(tensor([1, 2], [2]), 'gave [2]');
    await refused(tensor([1, 2], [2, 1]), 'gave [2, 1]');
    await refused(tensor([], [1, 0]), 'gave [1, 0]');
    await refused(
      { data: new Float32Array(3), shape: [1, 2], dtype: 'float32' },
      'gave 3 numbers for [1, 2]',
    );
    await refused(tensor([1, 2], [1, 2], 'int64'), 'gave int64');
    await refused(tensor([1, Number.NaN], [1, 2]), 'row 0 holds NaN');
    await refused(tensor([1, Number.POSITIVE_INFINITY], [1, 2]), 'row 0 holds Infinity');
    const { asked, sizes } = watched(async () => tensor([Number.NaN], [1, 1]));
    await expect(explained(asked)).rejects.toThrow('NaN');
    expect(sizes).toEqual([1]);
  });

  it('of another number of classes than before is refused', async () => {
    const changing: PredictImages = async ({ shape: [rows] }) =>
      tensor(new Float32Array(rows! * (rows === 1 ? 2 : 3)), [rows!, rows === 1 ? 2 : 3]);
    await expect(explained(changing)).rejects.toThrow(
      'scores of shape [10, 2] in float32 or float64, but gave [10, 3]',
    );
  });
});

describe('what can not be asked', () => {
  it('is refused before anything is', async () => {
    const { asked, sizes } = watched();
    const images = (data: number[], shape: number[]) => ({ images: tensor(data, shape) });
    await expect(explained(asked, quick, images([1, 1], [1, 2]))).rejects.toThrow(
      'images are float32 of shape [N, channels, height, width], but these are float32 of [1, 2]',
    );
    await expect(explained(asked, quick, images([], [0, 1, 2, 2]))).rejects.toThrow('no images');
    await expect(explained(asked, quick, images([1, Number.NaN, 1, 1], [1, 1, 2, 2]))).rejects.toThrow('NaN');
    expect(sizes).toEqual([]);
    for (const options of [
      { batch: 0 },
      { concurrency: 0.5 },
      { retries: -1 },
      { backoff: -1 },
      { timeout: 0 },
    ]) {
      expect(() => fromFunction(score, options)).toThrow(
        new RegExp(`^${Object.keys(options)[0]} of a black box is a whole number from`),
      );
    }
  });
});
