/** The loop: the body's plan, run once a step; only the sums outlive a step. */
import { type Graph, shapeAt, sizeOf } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { execute, scheduled, type Tensors } from '../execute';
import type { Kernel } from '../plan';

export const Repeat: Kernel = (kit) => {
  const { inputs, outputs, attributes } = kit.node;
  const body = attributes.body as Graph;
  const count = attributes.count as number;
  const plan = kit.planBody(body);
  const [index, ...captured] = body.inputs.map((value) => plan.inputs.get(value)!);
  const results = [...plan.outputs.values()];
  // Weights that the body reads lie outside of it, and must be there when it runs.
  const made = new Set([...plan.inputs.values(), ...plan.steps.map(({ output }) => output)]);
  const read = [...plan.steps.flatMap((step) => step.inputs), ...results];
  const around = [...new Set(read)].filter((slot) => !made.has(slot));
  const kept = new Set([...captured, ...around, ...results]);
  const steps = scheduled(plan.steps, (slot) => kept.has(slot));

  /** One step; its results are the caller's to free. */
  const once = (given: readonly tf.Tensor[], at: number, batch: number): tf.Tensor[] => {
    const tensors: Tensors = new Map([...captured, ...around].map((slot, place) => [slot, given[place]!]));
    try {
      tensors.set(index!, tf.keep(tf.scalar(at, 'int32')));
      execute(steps, tensors, batch, kit.target.name);
      return results.map((slot) => tf.keep(tf.clone(tensors.get(slot)!)));
    } finally {
      for (const tensor of tensors.values()) if (!given.includes(tensor)) tensor.dispose();
    }
  };
  /** The sums, flattened and put behind each other, since a step of the plan makes one tensor. */
  const run = (given: readonly tf.Tensor[], batch: number): tf.Tensor => {
    let sums: tf.Tensor[] = [];
    try {
      sums = once(given, 0, batch);
      for (let at = 1; at < count; at++) {
        for (const [place, result] of once(given, at, batch).entries()) {
          const before = sums[place]!;
          sums[place] = tf.keep(tf.add(before, result));
          before.dispose();
          result.dispose();
        }
      }
      return tf.concat(sums.map((sum) => tf.reshape(sum, [-1])));
    } finally {
      for (const sum of sums) sum.dispose();
    }
  };

  const packed = kit.stepAt([...inputs.map((_, at) => kit.input(at)), ...around], run);
  const shapes = outputs.map(({ shape }) => shape);
  for (const [at, shape] of shapes.entries()) {
    const slot = kit.stepAt([packed], ([all], batch) => {
      const begin = shapes.slice(0, at).reduce((sum, before) => sum + sizeOf(shapeAt(before, batch)), 0);
      const own = shapeAt(shape, batch);
      return tf.reshape(tf.slice(all!, [begin], [sizeOf(own)]), own);
    });
    kit.give(slot, undefined, at);
  }
};
