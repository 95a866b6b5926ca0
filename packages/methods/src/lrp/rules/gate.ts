/**
 * The rule for gates, "signal takes all": in a product of a signal and a gate, all relevance goes to the signal, as the gate
 * only says how much of it passes.
 *
 * Arras et al. 2017, "Explaining Recurrent Neural Network Predictions in Sentiment Analysis", doi 10.18653/v1/W17-5221.
 * Squeeze-and-excitation, SiLU (x · σ(x)) and gated units are such products. Which operand is the gate is told from the
 * graph: the one that comes out of a function onto [0, 1]; else the one that is computed from the other (hard-swish and GELU
 * written out); else the one out of another bounded function; else the one that is broadcast over the other. A product of two
 * equals shares evenly.
 */
import { isFixed, type Node, sameShape, type Value } from '@regional-saliency/core';
import type { LrpRule } from '../context';

/** In a product of signal and gate all relevance goes to the signal. */
export const gate: LrpRule = ({ g, node, needs }, [r]) => {
  const signal = signalOf(node);
  const share = signal === undefined ? g.mul(r!, g.scalar(0.5)) : r!;
  return node.inputs.map((input, index) =>
    needs[index] && (signal ?? index) === index ? g.sumTo(share, input!.shape) : undefined,
  );
};

/** The input of a product that is its signal; undefined where its operands are equals. */
export function signalOf({ inputs, outputs }: Node): 0 | 1 | undefined {
  const [a, b] = inputs as [Value, Value];
  const [product] = outputs as [Value];
  return (
    otherThan(isPartOfOne(a), isPartOfOne(b)) ??
    otherThan(isComputedFrom(a, origin(b)), isComputedFrom(b, origin(a))) ??
    otherThan(isBounded(a), isBounded(b)) ??
    otherThan(!sameShape(a.shape, product.shape), !sameShape(b.shape, product.shape))
  );
}

function otherThan(firstIsGate: boolean, secondIsGate: boolean): 0 | 1 | undefined {
  if (firstIsGate === secondIsGate) return undefined;
  return firstIsGate ? 1 : 0;
}

/** Whether a value is a share from 0 to 1, moved about and scaled at most. */
const isPartOfOne = (value: Value) =>
  ['Sigmoid', 'HardSigmoid', 'Softmax'].includes(origin(value).node?.op ?? '');

/** Hard-swish written out holds a Clip, GELU an Erf or Tanh. */
function isBounded(value: Value): boolean {
  const { node } = origin(value);
  if (node?.op === 'Clip')
    return Number.isFinite(node.attributes.min) && Number.isFinite(node.attributes.max);
  return node?.op === 'Tanh' || node?.op === 'Erf';
}

const moves = new Set([
  'Identity',
  'Dropout',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Expand',
  'Transpose',
  'Slice',
]);

/** The value behind what moves its elements or scales and shifts them by fixed numbers. */
function origin(value: Value): Value {
  let { node } = value;
  let at = value;
  while (node) {
    const [a, b] = node.inputs;
    const affine = ['Add', 'Sub', 'Mul', 'Div'].includes(node.op) && (isFixed(a!) || isFixed(b!));
    if (!affine && !moves.has(node.op)) break;
    at = (affine && isFixed(a!) ? b : a)!;
    node = at.node;
  }
  return at;
}

/** Whether one value is another or computed from it. */
function isComputedFrom(value: Value, from: Value): boolean {
  const seen = new Set([value]);
  for (const each of seen) {
    if (each === from) return true;
    // What a value is computed from has smaller ids.
    for (const input of each.node?.inputs ?? []) if (input && input.id >= from.id) seen.add(input);
  }
  return false;
}
