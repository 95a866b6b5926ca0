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
 * @param elsewhere what stands in the place of each input, and broadcasts to its shape
 * @returns for each value its twin; a value that does not depend on these inputs is its own (but for a batch of 1)
 */
export function twinsAt(
  g: Builder,
  outputs: Iterable<Value>,
  elsewhere: ReadonlyMap<Value, Value>,
): (value: Value) => Value {
  const nodes = nodesBehind(outputs);
  const merged = nodes.some((node) =>
    node.outputs.some(({ shape }) => shape.some((dim) => isBatch(dim) && dim.batch > 1)),
  );
  const moving = [...elsewhere];
  const behindInput = new Set(nodesBehind(elsewhere.keys()));
  // An input that stays where it is has as many rows as there are images.
  const stays = nodes.some(
    (node) =>
      !behindInput.has(node) && node.inputs.some((value) => isOpenInput(value) && !elsewhere.has(value)),
  );
  const single =
    !merged &&
    !stays &&
    moving.every(([input, there]) => isBatch(input.shape[0]!) && !there.shape.some(isBatch));
  const twins = new Map(
    moving.map(([input, there]) => {
      const [batch, ...image] = input.shape as [Dim, ...Dim[]];
      return [input, g.expand(there, [single ? 1 : batch, ...image])];
    }),
  );
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

const isOpenInput = (value: Value | undefined): value is Value =>
  value !== undefined && !value.node && !value.constant && value.shape.some(isBatch);

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
