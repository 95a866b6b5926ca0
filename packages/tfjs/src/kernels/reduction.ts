/** Reductions along axes, and operators that normalise along one. They follow the layout of what they read. */
import * as tf from '@tensorflow/tfjs-core';
import { type Layout, without } from '../layout';
import type { Kernel } from '../plan';

function reduction(f: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor): Kernel {
  return (kit) => {
    const axes = kit.node.attributes.axes as number[];
    const keep = kit.node.attributes.keepdims === 1;
    const layout = kit.layoutOf(0);
    const places = axes.map((axis) => layout.indexOf(axis));
    const slot = kit.step([kit.input(0, layout)], (x) => {
      if (places.length === 0) return tf.clone(x);
      // tfjs-node reduces numbers only.
      return x.dtype === 'bool' ? tf.cast(f(tf.cast(x, 'int32'), places, keep), 'bool') : f(x, places, keep);
    });
    kit.give(slot, keep ? layout : without(layout, axes));
  };
}

export const ReduceSum = reduction((x, axes, keep) => tf.sum(x, axes, keep));
export const ReduceMean = reduction((x, axes, keep) => tf.mean(x, axes, keep));
export const ReduceProd = reduction((x, axes, keep) => {
  const product = tf.prod(x, axes);
  // tfjs's webgpu backend drops the axes even where it is asked to keep them (4.22).
  return keep ? tf.reshape(product, tf.backend_util.expandShapeToKeepDim(product.shape, axes)) : product;
});
export const ReduceMax = reduction((x, axes, keep) => tf.max(x, axes, keep));
export const ReduceMin = reduction((x, axes, keep) => tf.min(x, axes, keep));

export const ArgMax: Kernel = (kit) => {
  const axis = kit.node.attributes.axis as number;
  const layout = kit.layoutOf(0);
  const place = layout.indexOf(axis);
  const keep = kit.node.attributes.keepdims === 1;
  const slot = kit.step([kit.input(0, layout)], (x) => {
    const found = tf.argMax(x, place);
    return keep ? tf.expandDims(found, place) : found;
  });
  kit.give(slot, keep ? layout : without(layout, [axis]));
};

/** tfjs normalises along the last axis in memory. */
function alongAxis(f: (x: tf.Tensor) => tf.Tensor): Kernel {
  return (kit) => {
    const axis = kit.node.attributes.axis as number;
    const layout: Layout = [...kit.layoutOf(0).filter((other) => other !== axis), axis];
    kit.give(kit.step([kit.input(0, layout)], f), layout);
  };
}

export const Softmax = alongAxis((x) => tf.softmax(x));
export const LogSoftmax = alongAxis((x) => tf.logSoftmax(x));
