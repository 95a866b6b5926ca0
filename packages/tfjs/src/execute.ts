/** Runs the steps of a plan in order and frees every tensor as soon as its last reader has run. */
import { describeNode, SaliencyError } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Slot, Step } from './plan';

export type Tensors = Map<Slot, tf.Tensor>;

/** A step, and the tensors that nothing reads after it. */
export interface Scheduled extends Step {
  readonly frees: readonly Slot[];
}

export function scheduled(steps: readonly Step[], keep: (slot: Slot) => boolean): Scheduled[] {
  const readLater = new Set<Slot>();
  const result: Scheduled[] = [];
  for (const step of [...steps].reverse()) {
    const frees = [...new Set(step.inputs)].filter((slot) => !readLater.has(slot) && !keep(slot));
    for (const slot of step.inputs) readLater.add(slot);
    result.push({ ...step, frees });
  }
  return result.reverse();
}

/** Runs steps on the tensors known so far. If one fails, those that it leaves are the caller's to free. */
export function execute(steps: readonly Scheduled[], tensors: Tensors, batch: number, name: string): void {
  for (const { inputs, output, frees, node, run } of steps) {
    try {
      const read = inputs.map((slot) => tensors.get(slot)!);
      const result = tf.tidy(() => {
        const made = run(read, batch);
        return read.includes(made) ? tf.clone(made) : made;
      });
      tensors.set(output, tf.keep(result));
    } catch (error) {
      const what = node ? describeNode(node) : 'a constant';
      const reason = error instanceof Error ? error.message : String(error);
      throw new SaliencyError('backend', `${what} failed on tfjs's ${name} backend: ${reason}`, {
        cause: error,
      });
    }
    for (const slot of frees) {
      tensors.get(slot)!.dispose();
      tensors.delete(slot);
    }
  }
}
