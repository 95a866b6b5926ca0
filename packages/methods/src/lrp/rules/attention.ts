/**
 * The rules of transformers: products of two computed matrices, softmax, and layer norms.
 *
 * Achtibat et al. 2024, "AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers", arXiv 2402.05602,
 * propositions 3.1, 3.3 and 3.4. PyPI's lxt: `softmax`, `matmul`, `layer_norm` (whose ε has no sign).
 */
import { type Value, vjp } from '@regional-saliency/core';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** Each matrix has its share as in the ε-rule, and half of the relevance. */
export function bilinear(epsilon = 1e-6): LrpRule {
  return (context, [r]) => {
    const { g, node } = context;
    const [product] = node.outputs as [Value];
    const share = g.div(r!, stabilize(g, g.mul(product, g.scalar(2)), epsilon));
    const gradients = vjp(context, node.inputs, share);
    return node.inputs.map((input, index) => {
      const gradient = gradients[index];
      return gradient && g.mul(input!, gradient);
    });
  };
}

/** Softmax as its tangent at the input, whose constant part keeps what is left. */
export const softmax: LrpRule = ({ g, node }, [r]) => {
  const [x] = node.inputs as [Value];
  const [probability] = node.outputs as [Value];
  const total = g.reduceSum(r!, [node.attributes.axis as number]);
  return [g.mul(x, g.sub(r!, g.mul(probability, total)))];
};

/** The deviation that a layer norm divides by only scales, and passes all; taking the mean away, weights and bias are linear. */
export function layerNorm(epsilon = 1e-6): LrpRule {
  return ({ g, node, ignoresBias }, [r]) => {
    const [x, weights, bias] = node.inputs as [Value, Value, Value | undefined];
    const [output] = node.outputs as [Value];
    const { axis, epsilon: variance } = node.attributes as Record<string, number>;
    const axes = x.shape.map((_, at) => at).slice(axis);
    const mean = (value: Value) => g.op('ReduceMean', [value], { axes, keepdims: 1 });
    const centred = g.sub(x, mean(x));
    const deviation = g.op('Sqrt', [g.add(mean(g.mul(centred, centred)), g.scalar(variance!))]);
    const sum = ignoresBias && bias ? g.sub(output, bias) : output;
    const share = g.mul(g.div(r!, stabilize(g, sum, epsilon)), weights);
    return [g.mul(x, g.div(g.sub(share, mean(share)), deviation))];
  };
}
