/**
 * What class activation maps have in common: a layer (or several), its activation and gradient as channels over places,
 * the rectifier and the way to the input's size. A method is only how activation and gradient become one map.
 *
 * A map of one layer is returned as computed: stretching it to 0..1 is for display and left to whoever shows it. Maps of
 * several layers have units of their own, so each is rectified and stretched to 0..1 before they are averaged, as
 * pytorch-grad-cam does (Gildenblat 2021, its `aggregate_multi_layers`).
 */
import {
  type Builder,
  fixedSize,
  type Method,
  type MethodContext,
  type Procedure,
  SaliencyError,
  sameShape,
  showShape,
  type Value,
} from '@regional-saliency/core';
import type { MethodEntry, MethodOptions } from '../entry';
import { defaultLayer } from './default-layer';
import { type Places, placesOf } from './places';
import { type Interpolation, upsample } from './upsample';

export interface CamOptions {
  /** The layer whose channels are combined; default the last one that still has places. */
  readonly layer?: string | undefined;
  /** Several layers instead of one: the mean of their maps, each stretched to 0..1. */
  readonly layers?: readonly string[] | undefined;
  /** Keep only what is positive: what speaks for the target. Default true. */
  readonly relu?: boolean | undefined;
  /** To the input's size, or `none`: the layer's. Default bilinear. */
  readonly upsample?: Interpolation | 'none' | undefined;
}

/**
 * How a layer becomes a map.
 *
 * @param activation [N, channels, h, w]
 * @param gradient of the same shape; a method that does not ask for it needs no backward pass
 * @param at which of several layers
 * @returns [N, 1, h, w]
 */
export type CamMap = (g: Builder, activation: Value, gradient: () => Value, at: number) => Value;

/** A class activation map as a method. Relevance [N, 1, H, W]; of the layer's size with `upsample: 'none'`. */
export function cam(id: string, options: CamOptions, mapOf: CamMap): Method {
  return { ...camFrame(id, options), build: (context) => camOf(id, context, options, mapOf) };
}

/** What is said of a class activation map whatever its formula: its layers and the options in force. */
export function camFrame(id: string, options: CamOptions): Omit<Method, 'build'> {
  const { relu = true, upsample = 'bilinear' } = options;
  const names = layerNames(id, options);
  if (names.length > 1 && !relu) {
    throw new SaliencyError(
      'bad-input',
      `${id} of several layers stretches each map to 0..1, where no sign is left: use relu=true, or one layer`,
    );
  }
  return {
    id,
    options: { ...(names.length > 0 && { layer: names.join(',') }), relu, upsample },
    layers: names,
  };
}

/** The map of a layer or of several, rectified and enlarged as the options say. */
export function camOf(id: string, context: MethodContext, options: CamOptions, mapOf: CamMap): Value {
  const { g, input } = context;
  const { relu = true, upsample: kind = 'bilinear' } = options;
  const maps = mapsOf(id, context, options, mapOf).map((map) => (relu ? g.op('Relu', [map]) : map));
  const size = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
  const sized = (map: Value) => (kind === 'none' ? map : upsample(g, map, size[0]!, size[1]!, kind));
  return maps.length === 1 ? sized(maps[0]!) : average(id, g, maps, sized);
}

/** No name means the default layer. */
function layerNames(id: string, { layer, layers }: CamOptions): readonly string[] {
  if (layer !== undefined && layers !== undefined)
    throw new SaliencyError('bad-input', `${id} takes layer or layers, not both`);
  if (layers?.length === 0)
    throw new SaliencyError('bad-input', `${id}: layers is empty, so name at least one`);
  return layers ?? (layer === undefined ? [] : [layer]);
}

/** The map of each layer, before rectifier and upsampling. One walk back serves all layers. */
function mapsOf(id: string, context: MethodContext, options: CamOptions, mapOf: CamMap): Value[] {
  const { g } = context;
  const layers = camLayers(id, context, options);
  let gradients: ReadonlyMap<Value, Value> | undefined;
  return layers.map(({ value, places }, at) => {
    const gradient = () => {
      gradients ??= context.backward(layers.map((each) => each.value));
      return places.toGrid(g, gradients.get(value)!);
    };
    return mapOf(g, places.toGrid(g, value), gradient, at);
  });
}

/** A layer and where its places are. */
export interface CamLayer {
  readonly value: Value;
  readonly places: Places;
}

/** The layers that are named, or the default one. */
export function camLayers(id: string, context: MethodContext, options: CamOptions): CamLayer[] {
  const names = layerNames(id, options);
  const values = names.length > 0 ? names.map((name) => context.layer(name)) : [defaultLayer(context)];
  return values.map((value, at) => {
    const places = placesOf(value, context.input);
    if (places) return { value, places };
    throw new SaliencyError(
      'bad-input',
      `${id} needs a layer of shape [N, channels, height, width] or [N, tokens, channels] with a token for each patch, but "${names[at] ?? value.name}" is ${showShape(value.shape)}`,
    );
  });
}

/** Added to the largest value that a map is divided by, as in pytorch-grad-cam, so that a map of zeros stays one. */
const EPSILON = 1e-7;

function average(id: string, g: Builder, maps: readonly Value[], sized: (map: Value) => Value): Value {
  const each = { axes: [1, 2, 3], keepdims: 1 };
  const scaled = maps.map((map) => {
    const above = g.sub(map, g.op('ReduceMin', [map], each));
    return sized(g.div(above, g.add(g.op('ReduceMax', [above], each), g.scalar(EPSILON))));
  });
  const different = scaled.find((map) => !sameShape(map.shape, scaled[0]!.shape));
  if (different) {
    throw new SaliencyError(
      'bad-input',
      `${id} can't average maps of ${showShape(scaled[0]!.shape)} and ${showShape(different.shape)} with upsample=none: let it upsample, or choose layers of one size`,
    );
  }
  return g.mul(
    scaled.reduce((sum, map) => g.add(sum, map)),
    g.scalar(1 / maps.length),
  );
}

/** The entry of a class activation map in the index: all have the same options. */
export function camEntry(
  about: Pick<MethodEntry, 'id' | 'title' | 'about' | 'reference'>,
  make: (options: CamOptions) => Method | Procedure,
): MethodEntry {
  return {
    ...about,
    kind: 'program',
    layer: true,
    options: {
      relu: { default: true, choices: [true, false], about: 'keep only what is positive' },
      upsample: {
        default: 'bilinear',
        choices: ['bilinear', 'bicubic', 'nearest', 'none'],
        about: "to the input's size, or none: the layer's own",
      },
    },
    make: (options) => make(withLayers(options)),
  };
}

/** Where names are text, several layers are one text with commas. */
function withLayers({ layer, ...rest }: MethodOptions): CamOptions {
  if (!layer?.includes(',')) return { layer, ...rest } as CamOptions;
  const names = layer.split(',').map((name) => name.trim());
  return { layers: names.filter((name) => name !== ''), ...rest } as CamOptions;
}
