/**
 * DeepLIFT at a layer: by how much each of its units, changed from the baseline image's, changed the score.
 *
 * Shrikumar, Greenside, Kundaje 2017, arXiv 1704.02685. Captum: LayerDeepLift, then interpolate.
 */
import { fixedSize, type Method, SaliencyError, showShape } from '@regional-saliency/core';
import { type Interpolation, upsample } from '../cam/upsample';
import type { MethodEntry } from '../entry';
import { describeBaseline, pathBaseline } from '../gradient/baseline';
import { contribution } from './contribution';
import { baselineOption, type DeepLiftOptions } from './deep-lift';

export interface LayerDeepLiftOptions extends DeepLiftOptions {
  /** Default the last layer that still has places. */
  readonly layer?: string | undefined;
  /** `sum`: one value a place; `all`: one for each channel, as Captum returns it. Default sum. */
  readonly channels?: 'sum' | 'all' | undefined;
  /** To the input's size, or `none`: the layer's. Default bilinear. */
  readonly upsample?: Interpolation | 'none' | undefined;
}

/** Relevance [N, 1, H, W], signed; [N, channels, H, W] with all channels; in the layer's shape with neither. */
export function layerDeepLift({
  layer,
  baseline = 'zero',
  channels = 'sum',
  upsample: kind = 'bilinear',
}: LayerDeepLiftOptions = {}): Method {
  return {
    id: 'layer-deep-lift',
    options: {
      ...(layer !== undefined && { layer }),
      baseline: describeBaseline(baseline),
      channels,
      upsample: kind,
    },
    layers: layer === undefined ? [] : [layer],
    build: (context) => {
      const { g, input } = context;
      const activation = layer === undefined ? context.defaultLayer() : context.layer(layer);
      const asItIs = channels === 'all' && kind === 'none';
      if (activation.shape.length !== 4 && !asItIs) {
        throw new SaliencyError(
          'bad-input',
          `layer-deep-lift sums and upsamples a layer of shape [N, channels, height, width], but "${layer}" is ${showShape(activation.shape)}; with channels=all and upsample=none it takes any`,
        );
      }
      const units = contribution(context, activation, pathBaseline(g, input, baseline));
      // Summed before it is upsampled, which is linear and acts on each channel alike.
      const map = channels === 'sum' ? g.reduceSum(units, [1]) : units;
      if (kind === 'none') return map;
      const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
      return upsample(g, map, height!, width!, kind);
    },
  };
}

export const entry: MethodEntry = {
  id: 'layer-deep-lift',
  title: 'DeepLIFT at a layer',
  reference: 'Shrikumar et al. 2017, arXiv 1704.02685',
  kind: 'program',
  layer: true,
  options: {
    baseline: baselineOption,
    channels: {
      default: 'sum',
      choices: ['sum', 'all'],
      about: 'one value a place, or one for each channel',
    },
    upsample: {
      default: 'bilinear',
      choices: ['bilinear', 'bicubic', 'nearest', 'none'],
      about: "to the input's size, or none: the layer's own",
    },
  },
  make: (options) => layerDeepLift(options as LayerDeepLiftOptions),
};
