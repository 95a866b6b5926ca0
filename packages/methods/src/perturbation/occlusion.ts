/**
 * Occlusion: how much the score falls when a window of the image is covered, the window moved over the whole image.
 *
 * Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", doi 10.1007/978-3-319-10590-1_53.
 * Captum: Occlusion with a window over all channels. A place that several windows cover has the mean of their falls; windows
 * that reach over the lower or right edge are cut there, as in Captum. Where the model is a graph, only what a window reaches
 * is computed again.
 */
import {
  type Predict,
  type Procedure,
  type ProcedureContext,
  procedure,
  SaliencyError,
  type Tensor,
} from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { filledScores, filledWindow, type Windows } from './incremental/incremental';
import { scoreVariants } from './variants';

export interface OcclusionOptions {
  /** Side of the square window, or its height and width, in pixels of the input. Default 15. */
  readonly window?: number | readonly [number, number] | undefined;
  /** How far the window moves, at most its side. Default 8. */
  readonly stride?: number | readonly [number, number] | undefined;
  /** What covers, in the values that the model takes. Default 0. */
  readonly baseline?: number | undefined;
}

/** Relevance [N, C, H, W], the same in every channel. */
export function occlusion({ window = 15, stride = 8, baseline = 0 }: OcclusionOptions = {}): Procedure {
  const [windowHeight, windowWidth] = sides(window, 'window');
  const [strideDown, strideRight] = sides(stride, 'stride');
  const windowsOf = (imageHeight: number, imageWidth: number): Windows => ({
    tops: starts(imageHeight, windowHeight, strideDown, 'height'),
    lefts: starts(imageWidth, windowWidth, strideRight, 'width'),
    height: windowHeight,
    width: windowWidth,
  });
  return procedure({
    id: 'occlusion',
    options: { window, stride, baseline },
    parts: { filled: filledWindow('occlusion', windowsOf, baseline) },
    run: async (predict, image, context) => {
      const [, channels, height, width] = image.shape as [number, number, number, number];
      const windows = windowsOf(height, width);
      const { tops, lefts } = windows;
      const [whole] = await predict(image);
      const scores = context.part
        ? await filledScores(context.part, 'filled', windows, context)
        : await scoresOfVariants(predict, image, windows, baseline, context);
      const falls = scores.map((score) => whole! - score);
      const data = new Float64Array(channels * height * width);
      const rows = covering(height, tops, windowHeight);
      const columns = covering(width, lefts, windowWidth);
      for (const [y, down] of rows.entries()) {
        for (const [x, right] of columns.entries()) {
          let sum = 0;
          for (const i of down) for (const j of right) sum += falls[i * lefts.length + j]!;
          data[y * width + x] = sum / (down.length * right.length);
        }
      }
      for (let channel = 1; channel < channels; channel++) {
        data.copyWithin(channel * height * width, 0, height * width);
      }
      return { relevance: { data, shape: [1, channels, height, width], dtype: 'float64' } };
    },
  });
}

/** For a model of which only predictions are to be had. */
function scoresOfVariants(
  predict: Predict,
  image: Tensor,
  { tops, lefts, height: windowHeight, width: windowWidth }: Windows,
  baseline: number,
  context: ProcedureContext,
): Promise<Float64Array> {
  const [, channels, height, width] = image.shape as [number, number, number, number];
  return scoreVariants(
    predict,
    image,
    tops.length * lefts.length,
    (variant, index) => {
      const top = tops[Math.floor(index / lefts.length)]!;
      const left = lefts[index % lefts.length]!;
      for (let row = top; row < Math.min(top + windowHeight, height); row++) {
        const right = Math.min(left + windowWidth, width);
        for (let channel = 0; channel < channels; channel++) {
          const start = (channel * height + row) * width;
          variant.fill(baseline, start + left, start + right);
        }
      }
    },
    context,
  );
}

function sides(side: number | readonly [number, number], name: string): readonly [number, number] {
  const both = typeof side === 'number' ? ([side, side] as const) : side;
  if (both.length === 2 && both.every((each) => Number.isInteger(each) && each > 0)) return both;
  throw new SaliencyError(
    'bad-input',
    `${name} of occlusion is a whole number of pixels from 1, not ${side}`,
  );
}

/** Where windows begin along one side; the last one is the first that reaches the end. */
function starts(size: number, window: number, stride: number, what: string): number[] {
  if (window > size) {
    throw new SaliencyError(
      'bad-input',
      `the window of occlusion is ${window} pixels, but the ${what} of the image is ${size}`,
    );
  }
  if (stride > window && window < size) {
    throw new SaliencyError(
      'bad-input',
      `occlusion would skip pixels: its stride ${stride} must be at most its window ${window}`,
    );
  }
  return Array.from({ length: Math.ceil((size - window) / stride) + 1 }, (_, at) => at * stride);
}

/** For each place along one side, the windows that cover it. */
function covering(size: number, begins: readonly number[], window: number): number[][] {
  return Array.from({ length: size }, (_, place) =>
    begins.flatMap((begin, index) => (begin <= place && place < begin + window ? [index] : [])),
  );
}

export const entry: MethodEntry = {
  id: 'occlusion',
  title: 'Occlusion',
  about: "how much the score falls behind a sliding window: Captum's Occlusion, the same in every channel",
  reference: 'Zeiler and Fergus 2014, doi 10.1007/978-3-319-10590-1_53',
  kind: 'procedure',
  layer: false,
  options: {
    window: { default: 15, above: 0, about: 'side of the square that is covered, in pixels of the input' },
    stride: { default: 8, above: 0, about: 'how far it moves, at most its side' },
    baseline: { default: 0, about: 'what covers, in the values that the model takes' },
  },
  make: (options) => occlusion(options as OcclusionOptions),
};
