/**
 * The rescale rule: an elementwise function passes Δy/Δx.
 *
 * Shrikumar, Greenside, Kundaje 2017, arXiv 1704.02685, section 3.5.1. Captum: `nonlinear`.
 *
 * Where Δx is tiny the quotient says nothing and the derivative stands in for it, which costs completeness a part
 * ½ f″ Δx² at most (f′ jumps: |Δx|). Captum's bound of 1e-10 is meant for float64. Here:
 * - functions made of pieces of slope 0 and ±1 (Relu, Clip, Abs) keep it: both differences are exact or rounded alike
 *   however near the numbers are, so the quotient is sound in float32 too;
 * - the others round y to about 1e-7, which Δx = 1e-10 would make a multiplier of 1000. At 1e-5 the quotient is good to
 *   a percent, the derivative to 1e-5.
 */
import { operators, type Value } from '@regional-saliency/core';
import { change, type DeepLiftRule } from '../context';

export const EXACT = 1e-10;
export const ROUNDED = 1e-5;

/** @param epsilon where |Δx| is below it, the derivative is passed */
export const rescale =
  (epsilon: number): DeepLiftRule =>
  (context, [r]) => {
    const { g, node, twin } = context;
    const [y] = node.outputs as [Value];
    const at = node.inputs.findIndex((value) => value && twin(value) !== value);
    const x = node.inputs[at]!;
    const dx = change(context, x);
    // Without r, so that all walks over the same two passes share it.
    const quotient = g.div(change(context, y), dx);
    const slope = operators[node.op]!.gradient?.(context, [g.scalar(1, y.dtype)])[at];
    const isTiny = g.less(g.op('Abs', [dx]), g.scalar(epsilon, x.dtype));
    const multiplier = g.where(isTiny, slope ?? g.scalar(0, y.dtype), quotient);
    return node.inputs.map((_, index) =>
      index === at ? g.sumTo(g.mul(r!, multiplier), x.shape) : undefined,
    );
  };
