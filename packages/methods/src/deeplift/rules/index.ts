/** Which rule answers at which operator. Every one of them is complete; an operator without one is refused. */
import { describeNode, type Node, operators, SaliencyError, type Value } from '@regional-saliency/core';
import type { DeepLiftRule } from '../context';
import { crossMaximum } from './cross-maximum';
import { layerNorm, product, quotient, reciprocal, root, square } from './product';
import { EXACT, ROUNDED, rescale } from './rescale';
import { logSoftmax, softmax } from './softmax';

/** Their gradient is their multiplier, wherever it is taken. */
const linear = new Set([
  ...['Identity', 'Cast', 'Neg', 'Add', 'Sub', 'BatchNormalization'],
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Expand', 'Concat', 'Split', 'Slice', 'Pad'],
  ...['Gather', 'GatherElements', 'GatherND', 'ScatterElements', 'ScatterND', 'DepthToSpace'],
  ...['AveragePool', 'GlobalAveragePool', 'ReduceSum', 'ReduceMean', 'Resize'],
]);

/** Linear in each operand: linear where only one of them depends on the input. */
const bilinear = new Set(['Mul', 'MatMul', 'Gemm', 'Conv', 'ConvTranspose']);

const exact = rescale(EXACT);
const rounded = rescale(ROUNDED);
const maximum = crossMaximum('maximum');
const minimum = crossMaximum('minimum');

const nonlinear: Readonly<Record<string, DeepLiftRule>> = {
  ...Object.fromEntries(['Relu', 'Clip', 'Abs'].map((op) => [op, exact])),
  ...Object.fromEntries(
    [
      ...['LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'Softplus', 'Softsign'],
      ...['HardSwish', 'Swish', 'Mish', 'Gelu', 'Erf', 'Exp', 'Log', 'Sign', 'Floor', 'Ceil'],
      ...['Sin', 'Cos', 'Atan', 'Round'],
    ].map((op) => [op, rounded]),
  ),
  ...Object.fromEntries(['MaxPool', 'GlobalMaxPool', 'ReduceMax', 'Max'].map((op) => [op, maximum])),
  ...Object.fromEntries(['ReduceMin', 'Min'].map((op) => [op, minimum])),
  Sqrt: root,
  Reciprocal: reciprocal,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNorm,
};

/**
 * @param twin the value at the baseline
 * @returns undefined for the gradient
 * @throws SaliencyError `unsupported` for an operator that has no complete rule
 */
export function ruleOf(node: Node, twin: (value: Value) => Value): DeepLiftRule | undefined {
  const [first, second] = node.inputs.map((value) => value !== undefined && twin(value) !== value);
  if (linear.has(node.op)) return undefined;
  if (bilinear.has(node.op)) return first && second ? product : undefined;
  if (node.op === 'Div') return second ? quotient : undefined;
  if (node.op === 'Where' && !first) return undefined;
  if (node.op === 'Pow' && !(first && second)) return isSquare(node) ? square : rounded;
  const rule = nonlinear[node.op];
  if (rule) return rule;
  // What has no derivative (comparisons, indices) hands nothing on.
  if (operators[node.op]?.gradient === null) return undefined;
  const why =
    node.op === 'Where'
      ? 'its condition depends on the input, and a choice that changes belongs to neither side'
      : `the operator ${node.op} has no complete rule`;
  throw new SaliencyError(
    'unsupported',
    `DeepLIFT can't pass ${describeNode(node)}: ${why}; explain a layer behind it, or use integrated-gradients`,
  );
}

function isSquare(node: Node): boolean {
  const exponent = node.inputs[1]!;
  return exponent.content?.length === 1 && exponent.content[0] === 2;
}
