/**
 * Maxima: what a maximum rises by comes from the place that holds it now, what it falls by from the place that held it at
 * the baseline.
 *
 * With m = max(y, y₀) the change is (m - y₀) + (y - m), of which one part is 0. The place that won has changed by at
 * least as much as the maximum (it was not above y₀ before), so each share divided by that place's own change lies
 * between 0 and 1: no ε is needed, and a place that has not changed gets nothing. Shares of overlapping windows are
 * summed, so the rule is complete.
 *
 * Captum: `maxpool`, whose unpooling keeps only one share of a place that wins in several windows.
 */
import { vjp } from '@regional-saliency/core';
import { change, type DeepLiftRule } from '../context';

/** @param extremum whether the node takes maxima or minima, in which the two parts change places */
export const crossMaximum =
  (extremum: 'maximum' | 'minimum'): DeepLiftRule =>
  (context, [r]) => {
    const { g, node, twin, needs } = context;
    const dy = change(context, node.outputs[0]!);
    const rise = g.op('Relu', [dy]);
    const fall = g.sub(dy, rise);
    const [here, there] = extremum === 'maximum' ? [rise, fall] : [fall, rise];
    const others = node.inputs.map((value) => value && g.expandLike(twin(value), value));
    const won = vjp(context, node.inputs, g.mul(r!, here));
    const lost = vjp(context, others, g.mul(r!, there));
    return node.inputs.map((x, at) => {
      if (!x || !needs[at] || !won[at] || !lost[at]) return undefined;
      const dx = g.sub(x, others[at]!);
      const zero = g.scalar(0, x.dtype);
      return g.where(g.op('Equal', [dx, zero]), zero, g.div(g.add(won[at], lost[at]), dx));
    });
  };
