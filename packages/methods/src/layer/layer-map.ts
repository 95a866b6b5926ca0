/** What methods that explain the units of a layer have in common: how these become a map. */
import {
  fixedSize,
  type Method,
  type MethodContext,
  SaliencyError,
  showShape,
  type Value,
} from '@regional-saliency/core';
import { defaultLayer } from '../cam/default-layer';
import { placesOf } from '../cam/places';
import { type Interpolation, upsample } from '../cam/upsample';
import type { OptionEntry } from '../entry';

export interface LayerMapOptions {
  /** Default that of class activation maps: the last layer that still has places. */
  readonly layer?: string | undefined;
  /** `sum`: one value a place; `all`: one for each channel, as Captum returns it. Default sum. */
  readonly channels?: 'sum' | 'all' | undefined;
  /** To the input's size, or `none`: the layer's. Default bilinear. */
  readonly upsample?: Interpolation | 'none' | undefined;
}

/**
 * Relevance [N, 1, H, W], signed; [N, channels, H, W] with all channels; all of them and no upsampling is the layer as it
 * is, whatever its shape.
 *
 * @param own the method's own options, for the program's metadata
 * @param unitsOf the relevance of each unit, in the layer's shape
 */
export function layerMap(
  id: string,
  { layer, channels = 'sum', upsample: kind = 'bilinear' }: LayerMapOptions,
  own: Readonly<Record<string, unknown>>,
  unitsOf: (context: MethodContext, activation: Value) => Value,
): Method {
  return {
    id,
    options: { ...(layer !== undefined && { layer }), ...own, channels, upsample: kind },
    layers: layer === undefined ? [] : [layer],
    build: (context) => {
      const { g, input } = context;
      const activation = layer === undefined ? defaultLayer(context) : context.layer(layer);
      const units = unitsOf(context, activation);
      if (channels === 'all' && kind === 'none') return units;
      const places = placesOf(activation, input);
      if (!places) {
        throw new SaliencyError(
          'bad-input',
          `${id} makes a map of a layer of shape [N, channels, height, width] or [N, tokens, channels] with a token for each patch, but "${layer ?? activation.name}" is ${showShape(activation.shape)}; with channels=all and upsample=none it takes any`,
        );
      }
      const grid = places.toGrid(g, units);
      // Summed before it is upsampled, which is linear and acts on each channel alike.
      const map = channels === 'sum' ? g.reduceSum(grid, [1]) : grid;
      if (kind === 'none') return map;
      const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
      return upsample(g, map, height!, width!, kind);
    },
  };
}

export const layerMapOptions: Readonly<Record<'channels' | 'upsample', OptionEntry>> = {
  channels: { default: 'sum', choices: ['sum', 'all'], about: 'one value a place, or one for each channel' },
  upsample: {
    default: 'bilinear',
    choices: ['bilinear', 'bicubic', 'nearest', 'none'],
    about: "to the input's size, or none: the layer's own",
  },
};
