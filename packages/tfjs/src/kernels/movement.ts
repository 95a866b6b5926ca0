/** Operators that only move elements. Most of them move nothing here: they change the layout instead. */
import type { Dim } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { channelsLast, placedShape, reshaped, sameOrder, standard, transposed, without } from '../layout';
import { padAxes, sliceAxis, transposeOf } from '../moves';
import type { Kernel } from '../plan';
import { tfTypeOf } from '../transfer';

/** To the output's shape, in any layout that the new shape still makes sense of. */
export const Reshape: Kernel = (kit) => {
  const from = kit.value(0).shape;
  const to = kit.node.outputs[0]!.shape;
  const layout = kit.layoutOf(0);
  const after = reshaped(from, layout, to);
  const given = after ?? standard(to.length);
  const dims = placedShape(to, given);
  const input = kit.input(0, after ? layout : undefined);
  kit.give(
    kit.stepWith(dims, [input], (sizes, x) => tf.reshape(x, sizes)),
    given,
  );
};
export const Flatten = Reshape;
export const Squeeze = Reshape;
export const Unsqueeze = Reshape;

export const Transpose: Kernel = (kit) => {
  const layout = kit.layoutOf(0);
  kit.give(kit.input(0, layout), transposed(layout, kit.node.attributes.perm as number[]));
};

export const Expand: Kernel = (kit) => {
  const { shape, dtype } = kit.node.outputs[0]!;
  const from = kit.value(0);
  const own = from.shape.length === shape.length ? kit.layoutOf(0) : standard(shape.length);
  // One number a channel lies as well in channels-last order, and what is made of it is made for convolutions.
  const isFree = shape.length === 4 && from.shape.length === 4 && sameOrder(from.shape, own, channelsLast(4));
  const layout = isFree ? channelsLast(4) : own;
  const float = tfTypeOf(dtype) === 'float32';
  const slot = kit.stepWith(placedShape(shape, layout), [kit.operand(0, layout)], (sizes, x) => {
    if (x.size === tf.util.sizeFromShape(sizes)) return tf.reshape(x, sizes);
    // Adding to zeros broadcasts much faster than tfjs's own broadcast, which tiles.
    return float ? tf.add(x, tf.zeros(sizes)) : tf.broadcastTo(x, sizes);
  });
  kit.give(slot, layout);
};

export const Concat: Kernel = (kit) => {
  const layout = kit.follow();
  const slots = kit.node.inputs.map((_, index) => kit.input(index, layout));
  const axis = layout.indexOf(kit.node.attributes.axis as number);
  kit.give(
    kit.step(slots, (...parts) => tf.concat(parts, axis)),
    layout,
  );
};

export const Split: Kernel = (kit) => {
  const layout = kit.layoutOf(0);
  const input = kit.input(0, layout);
  const axis = layout.indexOf(kit.node.attributes.axis as number);
  let start = 0;
  for (const [index, size] of (kit.node.attributes.split as number[]).entries()) {
    const begin = start;
    kit.give(
      kit.step([input], (x) => sliceAxis(x, axis, begin, size)),
      layout,
      index,
    );
    start += size;
  }
};

export const Slice: Kernel = (kit) => {
  const { starts, axes, steps } = kit.node.attributes as Record<string, number[]>;
  const sizes = kit.node.outputs[0]!.shape;
  const layout = kit.layoutOf(0);
  const slot = kit.step([kit.input(0, layout)], (x) => {
    let part = tf.clone(x);
    for (const [i, axis] of axes!.entries()) {
      part = sliceAxis(part, layout.indexOf(axis), starts![i]!, sizes[axis] as number, steps![i]!);
    }
    return part;
  });
  kit.give(slot, layout);
};

export const Pad: Kernel = (kit) => {
  const { pads, mode, value } = kit.node.attributes as { pads: number[]; mode: string; value: number };
  const layout = kit.layoutOf(0);
  const rank = layout.length;
  const pairs = layout.map((axis) => [pads[axis]!, pads[axis + rank]!] as const);
  const slot = kit.step([kit.input(0, layout)], (x) => {
    if (mode === 'constant') return padAxes(x, pairs, value);
    let part = tf.clone(x);
    for (const [place, [before, after]] of pairs.entries()) {
      if (before === 0 && after === 0) continue;
      const size = part.shape[place]!;
      const indices = Array.from({ length: before + size + after }, (_, at) =>
        mirror(at - before, size, mode),
      );
      part = tf.gather(part, tf.tensor1d(indices, 'int32'), place);
    }
    return part;
  });
  kit.give(slot, layout);
};

/** Which element a padded place repeats. */
function mirror(at: number, size: number, mode: string): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
  if (mode === 'wrap') return ((at % size) + size) % size;
  if (mode !== 'reflect') throw new Error(`Pad has no mode "${mode}"`);
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((at % period) + period) % period;
  return Math.min(within, period - within);
}

export const Gather: Kernel = (kit) => {
  const axis = kit.node.attributes.axis as number;
  const indices = kit.value(1).shape;
  const layout = indices.length <= 1 ? kit.layoutOf(0) : standard(kit.value(0).shape.length);
  const place = layout.indexOf(axis);
  const slot = kit.step([kit.input(0, layout), kit.input(1)], (x, at) => {
    const wrapped = tf.add(at, tf.mul(tf.cast(tf.less(at, 0), 'int32'), x.shape[place]!));
    return tf.gather(x, tf.cast(wrapped, 'int32'), place);
  });
  if (indices.length === 0) kit.give(slot, without(layout, [axis]));
  else kit.give(slot, indices.length === 1 ? layout : undefined);
};

/** The flat place of each element is counted from its index along every axis; all are gathered at once. */
export const GatherElements: Kernel = (kit) => {
  const axis = kit.node.attributes.axis as number;
  const slot = kit.step([kit.input(0), kit.input(1)], (x, indices) => {
    const strides = [...tf.util.computeStrides(x.shape), 1];
    const zero = tf.scalar(0, 'int32');
    const from = tf.where(
      tf.less(indices, zero),
      tf.add(indices, tf.scalar(x.shape[axis]!, 'int32')),
      indices,
    );
    const places = indices.shape.reduce(
      (sum, size, at) => {
        if (at === axis) return sum;
        const wide = indices.shape.map((_, other) => (other === at ? size : 1));
        const along = tf.mul(tf.range(0, size, 1, 'int32'), tf.scalar(strides[at]!, 'int32'));
        return tf.add(sum, tf.reshape(along, wide));
      },
      tf.mul(from, tf.scalar(strides[axis]!, 'int32')),
    );
    const flat = tf.gather(tf.reshape(x, [-1]), tf.cast(tf.reshape(places, [-1]), 'int32'));
    return tf.reshape(flat, indices.shape);
  });
  kit.give(slot);
};

/** Indices from the end made to count from the front; `sizes` of the axes that an index names. */
function wrapped(indices: tf.Tensor, sizes: readonly number[]): tf.Tensor {
  const size = tf.tensor1d([...sizes], 'int32');
  const zero = tf.scalar(0, 'int32');
  return tf.where(tf.less(indices, zero), tf.add(indices, size), indices);
}

export const GatherND: Kernel = (kit) => {
  const { shape } = kit.node.outputs[0]!;
  const slot = kit.stepWith(shape, [kit.input(0), kit.input(1)], (sizes, x, indices) => {
    const depth = indices!.shape.at(-1)!;
    const rows = tf.reshape(wrapped(indices!, x!.shape.slice(0, depth)), [-1, depth]);
    return tf.reshape(tf.gatherND(x!, rows as tf.Tensor2D), sizes);
  });
  kit.give(slot);
};

export const ScatterND: Kernel = (kit) => {
  const adds = kit.node.attributes.reduction === 'add';
  const { shape, dtype } = kit.node.outputs[0]!;
  const type = tfTypeOf(dtype);
  const slots = [kit.input(0), kit.input(1), kit.input(2)];
  const slot = kit.stepWith(shape, slots, (sizes, x, indices, updates) => {
    const places = wrapped(indices!, sizes.slice(0, indices!.shape.at(-1)!));
    const spread = (values: tf.Tensor) => tf.scatterND(places, values, sizes);
    if (adds) return tf.add(x!, spread(updates!));
    const hit = tf.greater(spread(tf.onesLike(tf.cast(updates!, 'float32'))), 0);
    const values = type === 'bool' ? tf.cast(updates!, 'int32') : updates!;
    return tf.cast(tf.where(hit, spread(values), tf.cast(x!, values.dtype)), type);
  });
  kit.give(slot);
};

/** Depth to space on channels-last memory, [N, H, W, C]: one transpose of rank 4. */
export const DepthToSpace: Kernel = (kit) => {
  const { blocksize: block, mode } = kit.node.attributes as { blocksize: number; mode: string };
  const [, channels, height, width] = kit.value(0).shape as [Dim, number, number, number];
  const depth = channels / (block * block);
  const nhwc = [0, 2, 3, 1];
  const slot = kit.step([kit.input(0, nhwc)], (x) => {
    // CRD counts the block within each channel, DCR the channel within each place of the block.
    const phased = mode === 'CRD' ? transposeOf(tf.reshape(x, [-1, depth, block * block]), [0, 2, 1]) : x;
    const rows = tf.reshape(phased, [-1, width, block, block * depth]);
    return tf.reshape(transposeOf(rows, [0, 2, 1, 3]), [-1, height * block, width * block, depth]);
  });
  kit.give(slot, nhwc);
};

/** The elements of one tensor put (or added) where the indices say. Read and written as arrays. */
export const ScatterElements: Kernel = (kit) => {
  const { axis, reduction } = kit.node.attributes as { axis: number; reduction: string };
  const { arrays } = kit.target;
  if (!arrays) throw new Error('its tensors can not be read as arrays there');
  if (reduction !== 'add' && reduction !== 'none')
    throw new Error(`the reduction "${reduction}" is not supported`);
  const dtype = tfTypeOf(kit.value(0).dtype);
  const slots = [kit.input(0), kit.input(1), kit.input(2)];
  const slot = kit.step(slots, (data, indices, updates) =>
    arrays.make([data!, indices!, updates!], data!.shape, dtype, (out, from, at, values) => {
      out.set(from!);
      const inner = tf.util.sizeFromShape(data!.shape.slice(axis + 1));
      const size = data!.shape[axis]!;
      const counts = indices!.shape;
      const strides = tf.util.computeStrides(data!.shape).concat(1);
      for (let i = 0; i < at!.length; i++) {
        let rest = i;
        let place = 0;
        for (let k = counts.length - 1; k >= 0; k--) {
          const index = rest % counts[k]!;
          rest = Math.floor(rest / counts[k]!);
          if (k !== axis) place += index * strides[k]!;
        }
        const index = at![i]! < 0 ? at![i]! + size : at![i]!;
        place += index * inner;
        out[place] = reduction === 'add' ? out[place]! + values![i]! : values![i]!;
      }
    }),
  );
  kit.give(slot);
};
