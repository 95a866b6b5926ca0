/**
 * The values of a model at another input, in the same program: a second forward pass beside the first. DeepLIFT reads
 * both at every node.
 */
import type { Builder } from './builder';
import { type BatchMultiple, type Dim, isBatch } from './dimension';
import { type Attributes, type Node, nodesBehind, type Value } from './graph';

/**
 * Builds the second pass.
 *
 * What is the same for all images is passed through once, not once an image: its values then have batch 1 and broadcast
 * against the model's own, and a runtime that folds constants computes them when it loads the program. Where a model merges the batch with another axis (windows, attention heads), values of batch 1 would not
 * broadcast, and the input is repeated instead.
 *
 * @param outputs the values whose twins, and those of all they are computed from, are wanted
 * @param input the value that is replaced
 * @param elsewhere what stands in its place; it broadcasts to the input's shape
 * @returns for each value its twin; a value that does not depend on the input is its own (but for a batch of 1)
 */
export function twinsAt(
  g: Builder,
  outputs: Iterable<Value>,
  input: Value,
  elsewhere: Value,
): (value: Value) => Value {
  const nodes = nodesBehind(outputs);
  const merged = nodes.some((node) =>
    node.outputs.some(({ shape }) => shape.some((dim) => isBatch(dim) && dim.batch > 1)),
  );
  const [batch, ...image] = input.shape as [Dim, ...Dim[]];
  const single = isBatch(batch) && !elsewhere.shape.some(isBatch) && !merged;
  const twins = new Map([[input, g.expand(elsewhere, [single ? 1 : batch, ...image])]]);
  const behindInput = new Set(nodesBehind([input]));
  for (const node of nodes) {
    if (behindInput.has(node)) continue;
    const inputs = node.inputs.map((value) => value && (twins.get(value) ?? value));
    const moved = inputs.some((value, index) => value !== node.inputs[index]);
    if (!moved && !(single && hasBatch(node))) continue;
    const copy = g.node(node.op, inputs, single ? ofOneImage(node.attributes) : node.attributes);
    for (const [index, output] of node.outputs.entries()) twins.set(output, g.folded(copy.outputs[index]!));
  }
  return (value) => twins.get(value) ?? value;
}

const hasBatch = (node: Node) => node.outputs.some(({ shape }) => shape.some(isBatch));

/** Shapes among the attributes with a batch of 1. */
function ofOneImage(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(([name, attribute]) => {
    if (!Array.isArray(attribute)) return [name, attribute];
    return [name, (attribute as (Dim | string)[]).map((dim) => (isOpen(dim) ? dim.batch : dim))];
  });
  return Object.fromEntries(entries);
}

const isOpen = (dim: Dim | string): dim is BatchMultiple => typeof dim !== 'string' && isBatch(dim);
