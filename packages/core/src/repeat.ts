/**
 * Says a loop as one writes it: with whatever values are at hand. What does not depend on the step is computed once,
 * before the loop, and read by it.
 */
import type { Builder } from './builder';
import { SaliencyError } from './errors';
import { nodesBehind, type Value } from './graph';
import { namesOf } from './rewrite';

/**
 * Sums of what `step` computes, over `count` steps.
 *
 * @param step given the number of the step (int64 scalar, from 0), the values to be summed
 * @returns one sum for each of them, with its shape
 */
export function repeat(g: Builder, count: number, step: (index: Value) => readonly Value[]): Value[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new SaliencyError('bad-input', `a loop runs a whole number of times, at least once, not ${count}`);
  }
  if (count === 1) return [...step(g.scalar(0, 'int64'))];
  const index = g.input('step', [], 'int64');
  const results = step(index);
  const varying = new Set([index]);
  const nodes = nodesBehind(results).filter((node) => {
    if (!node.inputs.some((input) => input && varying.has(input))) return false;
    for (const output of node.outputs) varying.add(output);
    return true;
  });

  const captured: Value[] = [];
  const inside = new Map([[index, index]]);
  const within = (value: Value): Value => {
    if (value.constant) return value;
    const known = inside.get(value);
    if (known) return known;
    const input = { ...g.input(value.name ?? `captured_${value.id}`, value.shape, value.dtype) };
    const own = { ...input, content: value.content };
    captured.push(value);
    inside.set(value, own);
    return own;
  };
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => input && within(input));
    const copy = g.node(node.op, inputs, node.attributes, { ...node, outputs: namesOf(node) });
    for (const [at, output] of copy.outputs.entries()) inside.set(node.outputs[at]!, output);
  }

  const summed = [...new Set(results.filter((value) => varying.has(value)))];
  if (summed.length === 0) return results.map((value) => times(g, value, count));
  const outputs = Object.fromEntries(summed.map((value, at) => [`sum_${at}`, within(value)]));
  const inputs = [index, ...captured.map((value) => inside.get(value)!)];
  const loop = g.node('Repeat', captured, { count, body: g.finish({ inputs, outputs }) });
  return results.map((value) => {
    const at = summed.indexOf(value);
    return at < 0 ? times(g, value, count) : loop.outputs[at]!;
  });
}

/** The sum of what is the same in every step. */
const times = (g: Builder, value: Value, count: number) => g.mul(value, g.scalar(count, value.dtype));
