/**
 * The layer a class activation map reads when none is named: the last one that still has places, that the whole score
 * passes through, and of whose places a layer with weights still reads something.
 *
 * In a convolutional network it is what global pooling or flattening reads. A segmentation's scores, and what is made of them
 * without weights (resized, put through a sigmoid), are no such layer: a map of them would be the output once more. In a vision transformer with a class token
 * the last block's patches are computed but never read, so that every gradient there is zero. There it is the input of the
 * last block, whose patches the class token still attends to, behind that block's first norm: a norm is blind to the
 * length of its input, so before it activation times gradient sums to nothing over channels. (pytorch-grad-cam advises
 * the same layer.)
 */
import { isFixed, type MethodContext, type Node, nodesBehind, type Value } from '@regional-saliency/core';
import { placesOf } from './places';

export function defaultLayer(context: MethodContext): Value {
  const { input, output, roles } = context;
  const nodes = between(input, output);
  const weighed = valuesBefore(nodes, (node) => roles.of.get(node) === 'linear');
  const candidates = bottlenecks(nodes, input).reverse();
  // A network that ends in pooling has no weights behind its class maps, and where it has but them, they are the layer.
  for (const value of [...candidates.filter((each) => weighed.has(each)), ...candidates]) {
    const places = placesOf(value, input);
    if (!places || places.height < 2 || places.width < 2) continue;
    if (value.shape.length === 4) return value;
    if (isLaidOut(value)) continue;
    if (readsPatches(value, places.leading, nodes)) return normalised(value, nodes);
  }
  return context.defaultLayer();
}

/** The values that such a node, or one behind it, is computed from. */
function valuesBefore(nodes: readonly Node[], isSuch: (node: Node) => boolean): Set<Value> {
  const found = new Set<Value>();
  for (const node of [...nodes].reverse()) {
    if (!isSuch(node) && !node.outputs.some((value) => found.has(value))) continue;
    for (const value of node.inputs) if (value) found.add(value);
  }
  return found;
}

/**
 * Whether tokens are but a map, [N, C, H, W], laid out for a dense layer, as TensorFlow flattens it: that map comes before them,
 * and has a name.
 */
function isLaidOut(value: Value): boolean {
  let source = value;
  while (source.node && (source.node.op === 'Reshape' || source.node.op === 'Transpose'))
    source = source.node.inputs[0]!;
  return source !== value && source.shape.length === 4;
}

/** The value behind the norm that reads it, where one does. */
function normalised(value: Value, nodes: readonly Node[]): Value {
  const norm = nodes.find(({ op, inputs }) => op === 'LayerNormalization' && inputs[0] === value);
  return norm?.outputs[0] ?? value;
}

/** The nodes on the way from the input to the output, each after all it reads. */
function between(input: Value, output: Value): readonly Node[] {
  const reached = new Set([input]);
  return nodesBehind([output]).filter((node) => {
    if (!node.inputs.some((value) => value && reached.has(value))) return false;
    const floats = node.outputs.filter(({ dtype }) => dtype.includes('float'));
    for (const value of floats) reached.add(value);
    return floats.length > 0;
  });
}

/** The values that every path passes: while one is computed, nothing computed before it is still to be read. */
function bottlenecks(nodes: readonly Node[], input: Value): Value[] {
  const lastRead = new Map<Value, number>();
  for (const [place, node] of nodes.entries())
    for (const value of node.inputs) if (value) lastRead.set(value, place);
  const found: Value[] = [];
  let open = lastRead.get(input) ?? 0;
  for (const [place, node] of nodes.entries()) {
    const read = node.outputs.filter((value) => lastRead.has(value));
    if (open <= place && read.length === 1) found.push(read[0]!);
    for (const value of read) open = Math.max(open, lastRead.get(value)!);
  }
  return found;
}

/** Operators that combine or move tokens even where they leave the shape as it is. */
const mixing = new Set(['Transpose', 'Reshape', 'Flatten', 'Concat', 'Softmax', 'Conv']);

/** Whether anything computed from [N, tokens, channels] reads more of it than the tokens before the patches. */
function readsPatches(value: Value, leading: number, nodes: readonly Node[]): boolean {
  const tokens = new Set([value]);
  for (const node of nodes) {
    const [read] = node.inputs.filter((each) => each && tokens.has(each));
    if (!read) continue;
    const taken = takenTokens(node);
    if (taken !== undefined && taken < leading) continue;
    const [made] = node.outputs;
    const fixed = node.op !== 'MatMul' || (node.inputs[1] && isFixed(node.inputs[1]));
    const apart =
      fixed && !mixing.has(node.op) && made?.shape.length === 3 && made.shape[1] === read.shape[1];
    if (taken !== undefined || !apart) return true;
    tokens.add(made);
  }
  return false;
}

/** The largest index that a node picks along the tokens' axis (infinite if unknown); undefined where it picks none. */
function takenTokens({ op, inputs, attributes }: Node): number | undefined {
  if (op === 'Gather' && attributes.axis === 1) {
    const picked = inputs[1]?.content ?? [Number.POSITIVE_INFINITY];
    return Math.max(...picked.map((index) => (Number(index) < 0 ? Number.POSITIVE_INFINITY : Number(index))));
  }
  if (op !== 'Slice') return undefined;
  const axes = attributes.axes as readonly number[];
  const at = axes.indexOf(1);
  if (at < 0) return undefined;
  const end = (attributes.ends as readonly number[])[at]!;
  return end > 0 ? end - 1 : Number.POSITIVE_INFINITY;
}
