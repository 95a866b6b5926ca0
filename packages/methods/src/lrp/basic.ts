/**
 * The mechanism behind every LRP rule for linear layers: the layer's own forward pass and gradient, on modified inputs
 * and weights.
 *
 *     z_k = f(input_k, weights_k),   s_k = divide(r, z)_k,   R = reduce_k(input_k, ∂z_k/∂input_k · s_k)
 *
 * So a rule says only what its branches k are, and holds for every linear operator at once. This is how Zennit's
 * BasicHook works (Anders et al. 2021, arXiv 2106.13200), said as graph rewriting.
 */
import { type Builder, forward, isFixed, type Value, vjp } from '@regional-saliency/core';
import type { LrpContext, LrpRule } from './context';

export type Modify = (g: Builder, value: Value) => Value;

/** One branch of a rule: what it makes of the layer's input, weights and bias. */
export interface Branch {
  readonly input: Modify;
  readonly weights: Modify;
  /** Undefined, or a result of undefined, leaves the bias out. */
  readonly bias?: Modify | undefined;
}

export interface BasicRule {
  /** The branches at a node; some drop out where the input can't be negative. */
  branches(context: LrpContext, input: Value): readonly Branch[];
  /** What goes back into each branch, given the relevance of the outputs and each branch's outputs; none into a branch
   * beyond the last share, which was only run forward. */
  divide(context: LrpContext, r: Value, sums: readonly Value[]): readonly Value[];
  /** The relevance of the input; default Σ input · gradient. */
  reduce?(g: Builder, inputs: readonly Value[], gradients: readonly Value[]): Value;
}

/** Makes a rule from its branches and from what is divided among them. */
export function basicRule({ branches, divide, reduce = timesInput }: BasicRule): LrpRule {
  return (context, [r]) => {
    const { g, node } = context;
    const layer = linearParts(context);
    const parts = branches(context, node.inputs[layer.data]!).map((branch) => {
      const inputs = [...node.inputs];
      inputs[layer.data] = branch.input(g, inputs[layer.data]!);
      if (layer.weights !== undefined) inputs[layer.weights] = branch.weights(g, inputs[layer.weights]!);
      const bias = context.ignoresBias ? undefined : layer.bias && branch.bias?.(g, layer.bias);
      if (layer.ownsBias) inputs[2] = bias;
      const sum = forward(context, inputs);
      return { inputs, input: inputs[layer.data]!, sum: bias && !layer.ownsBias ? g.add(sum, bias) : sum };
    });
    const shares = divide(
      context,
      r!,
      parts.map((part) => part.sum),
    );
    const gradients = shares.map((share, index) => vjp(context, parts[index]!.inputs, share)[layer.data]!);
    const relevance: (Value | undefined)[] = node.inputs.map(() => undefined);
    relevance[layer.data] = reduce(
      g,
      parts.map((part) => part.input),
      gradients,
    );
    return relevance;
  };
}

/** Σ input · gradient over the branches that have one. */
export function timesInput(g: Builder, inputs: readonly Value[], gradients: readonly Value[]): Value {
  return gradients
    .map((gradient, index) => g.mul(inputs[index]!, gradient))
    .reduce((sum, part) => g.add(sum, part));
}

/** Which inputs of a node are the data and the weights, and where its bias is. Averages and sums have data only. */
function linearParts({ node, roles }: LrpContext) {
  if (node.inputs.length === 1) return { data: 0, ownsBias: false };
  // A product's fixed matrix may stand on either side.
  const [data, weights] = isFixed(node.inputs[0]!) ? [1, 0] : [0, 1];
  if (node.op === 'MatMul') return { data, weights, bias: roles.biases.get(node), ownsBias: false };
  return { data, weights, bias: node.inputs[2], ownsBias: true };
}

/** The values as they are. */
export const same: Modify = (_g, value) => value;
/** The positive part. */
export const positive: Modify = (g, value) => g.op('Relu', [value]);
/** The negative part. */
export const negative: Modify = (g, value) => g.op('Clip', [value], { max: 0 });
/** Ones in place of the values. */
export const ones: Modify = (g, value) => g.expandLike(g.scalar(1, value.dtype), value);
/** The squares. */
export const squared: Modify = (g, value) => g.mul(value, value);

/** A rule in whose sums no bias takes a part, so that none takes relevance. Zennit: `zero_params='bias'`. */
export const withoutBias =
  (rule: LrpRule): LrpRule =>
  (context, relevance) =>
    rule({ ...context, ignoresBias: true }, relevance);
