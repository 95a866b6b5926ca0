/** Resampling: nearest elements are gathered; linear and cubic ones are products with one matrix an axis, made at load. */
import { type AxisMap, resizeMaps } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../layout';
import { transposeOf } from '../moves';
import type { Kernel, Kit, Slot } from '../plan';

export const Resize: Kernel = (kit) => {
  const maps = resizeMaps(kit.node.attributes, kit.value(0).shape);
  const gathers = kit.node.attributes.mode === 'nearest';
  let layout = kit.layoutOf(0);
  let slot = kit.input(0, layout);
  for (const map of maps) {
    if (gathers) slot = gathered(kit, slot, layout, map);
    else [slot, layout] = multiplied(kit, slot, layout, map);
  }
  kit.give(slot, layout);
};

function gathered(kit: Kit, slot: Slot, layout: Layout, { axis, matrix, from, to }: AxisMap): Slot {
  const places = Int32Array.from({ length: to }, (_, at) =>
    matrix.subarray(at * from, (at + 1) * from).indexOf(1),
  );
  const indices = kit.step([], () => tf.tensor1d(places, 'int32'));
  return kit.step([slot, indices], (x, at) => tf.gather(x, at as tf.Tensor1D, layout.indexOf(axis)));
}

/** The axis is brought to the end of the memory, where all else is rows. */
function multiplied(
  kit: Kit,
  slot: Slot,
  layout: Layout,
  { axis, matrix, from, to }: AxisMap,
): [Slot, Layout] {
  const after: Layout = [...layout.filter((other) => other !== axis), axis];
  const perm = after.map((other) => layout.indexOf(other));
  const columns = kit.step([], () => tf.transpose(tf.tensor2d(matrix, [to, from])));
  const product = kit.step([slot, columns], (x, weights) => {
    const turned = transposeOf(x, perm);
    const rows = tf.reshape(turned, [-1, from]);
    return tf.reshape(tf.matMul(rows, weights as tf.Tensor2D), [...turned.shape.slice(0, -1), to]);
  });
  return [product, after];
}
