/**
 * Ablation-CAM: the weight of a channel is the part of the score that is lost when the channel is switched off.
 *
 * Desai, Ramaswamy 2020, "Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free Localization",
 * doi 10.1109/WACV45572.2020.9093360. pytorch-grad-cam: AblationCAM. For each channel only what is behind the layer runs. Parts
 * of a score below 0 have the other sign: there the map shows what speaks against the target, as the formula has it.
 *
 * Switched off means 0, as in the paper. pytorch-grad-cam has that only where the layer's smallest value is exactly 0, as
 * behind a ReLU; elsewhere it puts 10⁷ less than the smallest, which is `value: 'below'` here. (There each row of a batch sinks
 * another 10⁷ below the one before it, so its numbers depend on its batch size; these are those of a batch of 1.)
 *
 * A score of exactly 0 has no parts: it is an error here, and the image is left out of a study. pytorch-grad-cam divides by it, and
 * its map is NaN.
 */
import { type Dim, type Procedure, SaliencyError, type Value } from '@regional-saliency/core';
import { type CamOptions, camEntry } from './cam';
import { type Weighing, weighedCam } from './weighed';

export interface AblationCamOptions extends CamOptions {
  /** What a channel that is switched off has in every place. Default zero. */
  readonly value?: 'zero' | 'below' | undefined;
}

/** How far below the smallest value pytorch-grad-cam goes. */
const BELOW = 1e7;

/** Relevance [N, 1, H, W]. */
export function ablationCam({ value = 'zero', ...options }: AblationCamOptions = {}): Procedure {
  return weighedCam('ablation-cam', options, weighingBy(value), { value });
}

const weighingBy = (off: 'zero' | 'below'): Weighing => ({
  channels: ({ g }, { value, places }) => g.transpose(value, channelsFirst(value, places.axis)),
  score: (context, { value, places }) => {
    const { g } = context;
    const perm = channelsFirst(value, places.axis);
    const [batch, channels, ...rest] = perm.map((axis) => value.shape[axis]!) as [Dim, number, ...number[]];
    const whole = context.feed('activation', [channels, ...rest], value.dtype);
    const chosen = context.feed('channel', [], 'int64');
    const each = g.constant(
      Array.from({ length: channels }, (_, at) => at),
      [1, channels, ...rest.map(() => 1)],
      'int64',
    );
    const hit = g.op('Equal', [each, g.reshape(chosen, [batch, 1, ...rest.map(() => 1)])]);
    const zero = g.scalar(0, value.dtype);
    const below = () => {
      const axes = perm.slice(1).map((_, at) => at + 1);
      const least = g.op('ReduceMin', [whole], { axes, keepdims: 1 });
      return g.where(g.op('Equal', [least, zero]), zero, g.sub(least, g.scalar(BELOW, value.dtype)));
    };
    const without = g.where(hit, off === 'zero' ? zero : below(), whole);
    const back = perm.map((_, axis) => perm.indexOf(axis));
    return context.at(g.transpose(without, back), value).score();
  },
  // The score of the layer as it is comes first.
  count: (channels) => channels + 1,
  feeds: (activation, start, end) => {
    const data = BigInt64Array.from({ length: end - start }, (_, at) => BigInt(start + at - 1));
    return { activation, channel: { data, shape: [end - start], dtype: 'int64' } };
  },
  weights: (scores) => {
    const [whole] = scores as unknown as [number];
    if (whole === 0) {
      throw new SaliencyError(
        'bad-input',
        'ablation-cam takes parts of the score, but the score of this image is 0; explain another target',
      );
    }
    return scores.subarray(1).map((score) => (whole - score) / whole);
  },
});

/** The order of a layer's axes with its channels right behind the batch. */
const channelsFirst = ({ shape }: Value, axis: number): number[] => [
  0,
  axis,
  ...shape.flatMap((_, at) => (at === 0 || at === axis ? [] : [at])),
];

const cams = camEntry(
  {
    id: 'ablation-cam',
    title: 'Ablation-CAM',
    about: "channels weighed by how much the score falls without them: pytorch-grad-cam's AblationCAM",
    reference: 'Desai and Ramaswamy 2020, doi 10.1109/WACV45572.2020.9093360',
  },
  (options) => ablationCam(options as AblationCamOptions),
);

export const entry = {
  ...cams,
  kind: 'procedure' as const,
  options: {
    ...cams.options,
    value: {
      default: 'zero',
      choices: ['zero', 'below'],
      about: 'what a channel has that is switched off: zero, or far below all others as in pytorch-grad-cam',
    },
  },
};
