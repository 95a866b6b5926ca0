/**
 * Score-CAM: each channel of a layer becomes a mask over the image; its weight is how high the score is of what the mask
 * lets through.
 *
 * Wang et al. 2020, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks", doi
 * 10.1109/CVPRW50498.2020.00020. pytorch-grad-cam: ScoreCAM, whose masks are enlarged with aligned corners and are 0 where a
 * channel is the same everywhere; so are these. Weights are the softmax over channels of the explained score, a logit
 * usually; that the paper takes a baseline's score off each makes no difference to a softmax.
 */
import { fixedSize, type Procedure, type Value } from '@regional-saliency/core';
import { type CamOptions, camEntry } from './cam';
import { upsampleAligned } from './upsample';
import { type Weighing, weighedCam } from './weighed';

/** Added to a mask's range, so that one that is the same everywhere is 0; pytorch-grad-cam's number. */
const EPSILON = 1e-8;

const weighing: Weighing = {
  channels: ({ g }, { value, places }) => places.toGrid(g, value),
  score: (context, { value, places: { height, width } }) => {
    const { g, input } = context;
    const fed = context.feed('mask', [1, height, width], value.dtype);
    const [down, right] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
    const extreme = (op: string, of: Value) => g.op(op, [of], { axes: [2, 3], keepdims: 1 });
    const above = (of: Value) => g.sub(of, extreme('ReduceMin', of));
    // Before it is enlarged too: rounded weights would make a pattern of what is the same everywhere.
    const mask = above(upsampleAligned(g, above(fed), down!, right!));
    const range = g.add(extreme('ReduceMax', mask), g.scalar(EPSILON));
    return context.at(g.mul(input, g.div(mask, range))).score();
  },
  count: (channels) => channels,
  feeds: ({ data, shape, dtype }, start, end) => {
    const [, , height, width] = shape as [number, number, number, number];
    const size = height * width;
    const masks = data.subarray(start * size, end * size);
    return { mask: { data: masks, shape: [end - start, 1, height, width], dtype } };
  },
  weights: (scores) => {
    const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  },
};

/** Relevance [N, 1, H, W]. */
export function scoreCam(options: CamOptions = {}): Procedure {
  return weighedCam('score-cam', options, weighing);
}

export const entry = {
  ...camEntry(
    {
      id: 'score-cam',
      title: 'Score-CAM',
      about: "channels weighed by the score of the image seen through them: pytorch-grad-cam's ScoreCAM",
      reference: 'Wang et al. 2020, doi 10.1109/CVPRW50498.2020.00020',
    },
    scoreCam,
  ),
  kind: 'procedure' as const,
};
