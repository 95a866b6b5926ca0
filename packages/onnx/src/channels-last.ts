/**
 * Models that take images channels-last, [N, H, W, C], and transpose them first: as tf2onnx writes them. Images are
 * channels-first here, so such an input becomes [N, C, H, W] and the transpose disappears.
 */
import type { Builder, Value } from '@regional-saliency/core';
import { attributesOf } from './attributes';
import type { NodeProto } from './generated/onnx_pb';

/** From channels-last to channels-first, and back. */
const [FIRST, LAST] = [
  [0, 3, 1, 2],
  [0, 2, 3, 1],
];

/** Operators of an image's preprocessing: each element by itself, or with the same number for all pixels. */
const pointwise = new Set(['Identity', 'Cast', 'Neg', 'Clip', 'Add', 'Sub', 'Mul', 'Div', 'Relu']);

/** The longest preprocessing that is looked through, in operators. */
const LONGEST = 16;

/** Whether all that reads an input turns it to channels-first, at once or behind its preprocessing. */
export function isChannelsLast(name: string, nodes: readonly NodeProto[]): boolean {
  let found = false;
  const followed = new Set([name]);
  for (const read of followed) {
    if (followed.size > LONGEST) return false;
    for (const node of nodes) {
      if (!node.input.includes(read)) continue;
      if (node.opType === 'Transpose' && isPerm(node, FIRST!)) found = true;
      else if (pointwise.has(node.opType)) for (const output of node.output) followed.add(output);
      else return false;
    }
  }
  return found;
}

function isPerm(node: NodeProto, wanted: readonly number[]): boolean {
  const { perm } = attributesOf(
    node.attribute.filter((attribute) => attribute.name === 'perm'),
    () => new Uint8Array(),
  );
  return Array.isArray(perm) && perm.length === 4 && perm.every((axis, at) => axis === wanted[at]);
}

/** A channels-last view of a channels-first input. */
export function asChannelsLast(g: Builder, image: Value): Value {
  return g.transpose(image, LAST!);
}

/**
 * The transpose of what is a transpose already, at once or behind preprocessing, without one where they undo each other;
 * undefined where that is not so.
 */
export function withoutTranspose(
  g: Builder,
  x: Value,
  perm: readonly number[],
  longest = LONGEST,
): Value | undefined {
  const { node } = x;
  if (!node || longest === 0) return undefined;
  if (node.op === 'Transpose') {
    const before = node.attributes.perm as number[];
    return perm.every((axis, at) => before[axis] === at) ? node.inputs[0] : undefined;
  }
  if (!pointwise.has(node.op)) return undefined;
  // One input is the image; what two images were made of would be looked through again and again.
  if (node.inputs.filter((input) => input && !isFixedNumber(input)).length !== 1) return undefined;
  const inputs: Value[] = [];
  for (const input of node.inputs) {
    const moved =
      input &&
      (isFixedNumber(input) ? turnedConstant(g, input, perm) : withoutTranspose(g, input, perm, longest - 1));
    if (!moved) return undefined;
    inputs.push(moved);
  }
  return g.op(node.op, inputs, node.attributes);
}

const isFixedNumber = ({ constant }: Value) => constant !== undefined;

/** A constant that broadcasts against the transposed tensor, if it holds one number a channel, or one in all. */
function turnedConstant(g: Builder, value: Value, perm: readonly number[]): Value | undefined {
  const shape = value.shape as readonly number[];
  if (shape.length > perm.length) return undefined;
  const wide = [...perm.map(() => 1).slice(shape.length), ...shape];
  if (wide.filter((size) => size !== 1).length > 1) return undefined;
  if (wide.every((size) => size === 1)) return value;
  // With one axis longer than 1, the order of the elements stays.
  const { constant } = value;
  return g.constantOf({ ...constant!, shape: perm.map((axis) => wide[axis]!) });
}
