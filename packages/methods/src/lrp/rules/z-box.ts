/**
 * LRP-zᴮ: for a first layer whose input lies in a box, as pixels do.
 *
 * Montavon et al. 2017, doi 10.1016/j.patcog.2016.11.008, eq. 13. Zennit: ZBox, whose biases cancel in the sum
 * (b - b⁺ - b⁻ = 0) and so are left out here.
 */
import { type Builder, type Dim, isBatch, SaliencyError, type Value } from '@regional-saliency/core';
import { basicRule, negative, positive, same } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** A bound of all channels, or one a channel. */
export type Bound = number | readonly number[];

export interface Box {
  /** The lowest and the highest value that the input can have; default: those of each channel of the image at hand. */
  readonly low?: Bound | undefined;
  readonly high?: Bound | undefined;
}

/** @throws SaliencyError `bad-input` where `low` is above `high`, or a bound has not a value a channel */
export function zBox({ low, high }: Box = {}, epsilon = 1e-6): LrpRule {
  checkOrder(low, high);
  return basicRule({
    branches: () => [
      { input: same, weights: same },
      { input: (g, x) => (low === undefined ? extreme(g, x, 'low') : bound(g, x, low)), weights: positive },
      {
        input: (g, x) => (high === undefined ? extreme(g, x, 'high') : bound(g, x, high)),
        weights: negative,
      },
    ],
    divide: ({ g }, r, [z, lowest, highest]) => {
      const share = g.div(r, stabilize(g, g.sub(g.sub(z!, lowest!), highest!), epsilon));
      return [share, share, share];
    },
    reduce: (g, inputs, gradients) => {
      const [whole, lowest, highest] = gradients.map((gradient, at) => g.mul(inputs[at]!, gradient));
      return g.sub(g.sub(whole!, lowest!), highest!);
    },
  });
}

function checkOrder(low: Bound | undefined, high: Bound | undefined): void {
  if (low === undefined || high === undefined) return;
  const channels = Math.max(sizeOf(low), sizeOf(high));
  for (let channel = 0; channel < channels; channel++) {
    const [a, b] = [valueAt(low, channel), valueAt(high, channel)];
    if (a !== undefined && b !== undefined && !(a < b)) {
      throw new SaliencyError(
        'bad-input',
        `the z-box rule needs low below high, but low is ${a} and high ${b}`,
      );
    }
  }
}

const sizeOf = (bound: Bound) => (typeof bound === 'number' ? 1 : bound.length);
const valueAt = (bound: Bound, channel: number) => (typeof bound === 'number' ? bound : bound[channel]);

function bound(g: Builder, x: Value, values: Bound): Value {
  if (typeof values === 'number') return g.expandLike(g.scalar(values), x);
  const channels = x.shape[1];
  if (values.length !== channels) {
    throw new SaliencyError(
      'bad-input',
      `a bound of the z-box rule has ${values.length} values, but the input has ${String(channels)} channels`,
    );
  }
  return g.expandLike(g.constant(values, [channels, ...x.shape.slice(2).map(() => 1)]), x);
}

/** The lowest or highest value of each channel of each image. */
function extreme(g: Builder, x: Value, which: 'low' | 'high'): Value {
  const axes = x.shape.flatMap((dim: Dim, axis) => (axis < 2 || isBatch(dim) ? [] : [axis]));
  const highest = (value: Value) => g.op('ReduceMax', [value], { axes, keepdims: 1 });
  return g.expandLike(which === 'high' ? highest(x) : g.neg(highest(g.neg(x))), x);
}
