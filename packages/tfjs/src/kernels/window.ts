/** Windows in the plane: what convolutions and pools share. A 1-D window is a plane of height 1. */
import { type Dim, fixedSize, type Node, type Value } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { channelsLast, type Layout } from '../layout';
import { padAxes } from '../moves';
import type { Kit, Slot } from '../plan';

export type Pair = [number, number];

/** Per axis, height then width. */
export interface PlaneWindow {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly begins: Pair;
  readonly ends: Pair;
}

/** @throws Error where the window has three or more axes */
export function planeWindow({ attributes }: Node): PlaneWindow {
  const { kernel_shape, strides, dilations, pads } = attributes as Record<string, number[]>;
  const rank = kernel_shape!.length;
  return {
    kernel: inPlane(kernel_shape!, 1),
    strides: inPlane(strides!, 1),
    dilations: inPlane(dilations!, 1),
    begins: inPlane(pads!.slice(0, rank), 0),
    ends: inPlane(pads!.slice(rank), 0),
  };
}

function inPlane(sizes: readonly number[], missing: number): Pair {
  if (sizes.length > 2) throw new Error('windows of three or more axes are not supported');
  return [sizes.at(-2) ?? missing, sizes.at(-1) ?? missing];
}

/** Height and width of an [N, C, …] value. */
export function planeSizes({ shape }: Pick<Value, 'shape'>): Pair {
  return inPlane(
    shape.slice(2).map((dim) => fixedSize(dim, 'a spatial size')),
    1,
  );
}

export function channelsOf(shape: readonly Dim[]): number {
  return fixedSize(shape[1]!, 'the number of channels');
}

/** The input as [N, H, W, C]. */
export function planeInput(kit: Kit, index: number): Slot {
  const { shape } = kit.value(index);
  const slot = kit.input(index, channelsLast(shape.length));
  if (shape.length === 4) return slot;
  const [height, width] = planeSizes(kit.value(index));
  return kit.step([slot], (x) => tf.reshape(x, [-1, height, width, channelsOf(shape)]));
}

/** Gives an [N, H, W, C] result as an output (of another node, where one was fused in). */
export function givePlane(kit: Kit, slot: Slot, node: Node = kit.node, output = 0): void {
  const { shape } = node.outputs[output]!;
  const layout: Layout = channelsLast(shape.length);
  const flat =
    shape.length === 4
      ? slot
      : kit.step([slot], (x) => tf.reshape(x, [-1, shape[2] as number, shape[1] as number]));
  kit.giveFor(node.outputs[output]!, flat, layout);
}

/** Writes the pads of an [N, H, W, C] tensor out; negative ones cut. */
export function padPlane(x: tf.Tensor, begins: Pair, ends: Pair, value = 0): tf.Tensor {
  const pads: [Pair, Pair, Pair, Pair] = [
    [0, 0],
    [begins[0], ends[0]],
    [begins[1], ends[1]],
    [0, 0],
  ];
  return padAxes(x, pads, value);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((size, factor) => size * factor, 1);
}
