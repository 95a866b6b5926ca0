/** Normalisation. */
import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from '../plan';

/** With fixed statistics: one multiplication and one addition, whose factors are made at load. */
export const BatchNormalization: Kernel = (kit) => {
  const epsilon = kit.node.attributes.epsilon as number;
  const layout = kit.layoutOf(0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => kit.input(index));
  const factor = kit.step([scale!, variance!], (s, v) => tf.div(s, tf.sqrt(tf.add(v, epsilon))));
  const shift = kit.step([bias!, mean!, factor], (b, m, f) => tf.sub(b!, tf.mul(m!, f!)));
  // The channels' numbers, shaped for broadcasting against the layout.
  const shape = layout.map((axis) => (axis === 1 ? -1 : 1));
  const wide = (slot: typeof factor) => kit.step([slot], (x) => tf.reshape(x, shape));
  const slots = [kit.input(0, layout), wide(factor), wide(shift)];
  kit.give(
    kit.step(slots, (x, f, s) => tf.add(tf.mul(x!, f!), s!)),
    layout,
  );
};

export const LayerNormalization: Kernel = (kit) => {
  const { axis, epsilon } = kit.node.attributes as { axis: number; epsilon: number };
  const layout = kit.layoutOf(0);
  const places = [...layout.keys()].filter((place) => layout[place]! >= axis);
  const slots = [kit.input(0, layout), kit.operand(1, layout)];
  if (kit.has(2)) slots.push(kit.operand(2, layout));
  const slot = kit.step(slots, (x, scale, bias) => {
    const centred = tf.sub(x!, tf.mean(x!, places, true));
    const variance = tf.mean(tf.square(centred), places, true);
    const scaled = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), scale!);
    return bias ? tf.add(scaled, bias) : scaled;
  });
  kit.give(slot, layout);
};
