/**
 * What a layer of a tfjs LayersModel is given to say itself in a graph, and how its configuration is read.
 *
 * A configuration comes from a file: whatever it holds, reading it ends in a value of the type asked for, or in an error
 * that names the entry.
 */
import { type NodeNames, SaliencyError, type Value } from '@regional-saliency/core';
import type { Layout } from '../../layout';
import type { ChannelsLast } from '../channels-last';

export type Config = Readonly<Record<string, unknown>>;

/** One call of a layer. */
export interface Call {
  readonly c: ChannelsLast;
  readonly config: Config;
  /** What it is called on, as the model sees it (channels last, mostly). */
  readonly inputs: readonly Value[];
  /** The first input. */
  readonly x: Value;
  /**
   * One of the layer's weights; the same value at every call.
   *
   * @param shape what it must be, undefined where any size will do
   * @param stored the graph's shape of it and how that lies in memory, where they are not the model's; given the true shape
   * @throws SaliencyError `bad-file` where the model has no such weight or one of another shape
   */
  weight(
    name: string,
    shape: readonly (number | undefined)[],
    stored?: (shape: readonly number[]) => { shape: readonly number[]; layout: Layout },
  ): Value;
  /** Names for a node: the layer's own, or with a part behind it. */
  names(part?: string): NodeNames;
}

/** A layer as operators: gives its output. */
export type Layer = (call: Call) => Value;

export function objectOf(value: unknown, what: string): Config {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SaliencyError('bad-file', `${what} is no object`);
  return value as Config;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SaliencyError('bad-file', `${what} is no list`);
  return value;
}

export function numberOf(config: Config, key: string, fallback?: number): number {
  const value = config[key] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new SaliencyError('bad-file', `"${key}" is no number`);
  return value;
}

export function wordOf(config: Config, key: string, fallback?: string): string {
  const value = config[key] ?? fallback;
  if (typeof value !== 'string') throw new SaliencyError('bad-file', `"${key}" is no word`);
  return value;
}

/** tfjs and Keras leave out what is as usual. */
export function flagOf(config: Config, key: string, fallback: boolean): boolean {
  const value = config[key] ?? fallback;
  if (typeof value !== 'boolean') throw new SaliencyError('bad-file', `"${key}" is neither true nor false`);
  return value;
}

/** One number, or a list of them. */
export function numbersOf(config: Config, key: string, fallback?: number): number[] {
  const value = config[key] ?? fallback;
  return Array.isArray(value)
    ? value.flat(8).map((item) => numberOf({ [key]: item }, key))
    : [numberOf({ [key]: value }, key)];
}

/** Whole numbers, one an axis; a single one stands for all. */
export function sizesOf(
  config: Config,
  key: string,
  axes: number,
  fallback?: number | readonly number[],
): number[] {
  const value = config[key] ?? fallback;
  const list = Array.isArray(value) ? value : new Array(axes).fill(value);
  if (list.length !== axes || !list.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new SaliencyError('bad-file', `"${key}" is no list of ${axes} whole numbers`);
  return list as number[];
}

/** Whole numbers that may be negative (axes), as many as there are; a single one is a list of one. */
export function axesOf(config: Config, key: string, rank: number, fallback?: number): number[] {
  const value = config[key] ?? fallback;
  const list = Array.isArray(value) ? value : [value];
  return list.map((axis) => {
    if (!Number.isInteger(axis)) throw new SaliencyError('bad-file', `"${key}" is no axis`);
    const at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank)
      throw new SaliencyError('bad-file', `"${key}" names axis ${axis} of a tensor of ${rank} dimensions`);
    return at;
  });
}

/** An image as convolutions want it, and how a result becomes what the model sees. */
export interface Image {
  /** Channels first. */
  readonly image: Value;
  readonly spatial: number;
  /** The spatial axes as the model sees them. */
  readonly axes: readonly number[];
  readonly channels: number;
  back(y: Value): Value;
}

export function isChannelsFirst(config: Config): boolean {
  const format = wordOf(config, 'data_format', 'channels_last');
  if (format !== 'channels_last' && format !== 'channels_first')
    throw new SaliencyError(
      'bad-file',
      `"data_format" is "${format}", neither channels_last nor channels_first`,
    );
  return format === 'channels_first';
}

/**
 * The layer's first input as an image with so many spatial axes (any, where it is not said).
 *
 * @throws SaliencyError `bad-file` where the input has another rank
 */
export function imageOf({ c, config, x }: Call, spatial = x.shape.length - 2): Image {
  const rank = x.shape.length;
  if (spatial < 1 || rank !== spatial + 2)
    throw new SaliencyError('bad-file', `its input has ${rank} dimensions, not ${spatial + 2}`);
  const first = isChannelsFirst(config);
  const image = first ? x : c.image(x);
  const axes = Array.from({ length: spatial }, (_, axis) => axis + (first ? 2 : 1));
  const channels = image.shape[1];
  if (typeof channels !== 'number') throw new SaliencyError('unsupported', 'its number of channels is open');
  return { image, spatial, axes, channels, back: (y) => (first ? y : c.last(y)) };
}

/** The sizes of the given axes, which must be fixed. */
export function fixedSizes(x: Value, axes: readonly number[]): number[] {
  return axes.map((axis) => {
    const size = x.shape[axis];
    if (typeof size !== 'number') throw new SaliencyError('unsupported', `axis ${axis} of its input is open`);
    return size;
  });
}
