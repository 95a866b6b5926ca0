/**
 * The gradient of max pooling in standard operators, in two forms.
 *
 * With the pool's own Indices output and a scatter-add it costs least; WebGPU providers of onnxruntime refuse Indices
 * (seen in 1.30), so the portable form looks at each place of the window in turn, gives the relevance to the first
 * that holds the maximum, and puts the places together again. Both give a tie to the first place, as PyTorch does,
 * and both sum where windows overlap.
 */
import type { Builder } from '../builder';
import { type Dim, productOf } from '../dimension';
import type { Node, Value } from '../graph';
import { spatialOf, windowOf } from '../operators/window';
import { interleave, tuples } from './interleave';

export function scatterMaxPoolGrad(g: Builder, node: Node, inputs: readonly (Value | undefined)[]): Value {
  const [x, r] = inputs as [Value, Value];
  const indices = g.node('MaxPool', [x], node.attributes).outputs[1]!;
  const size = productOf(x.shape);
  const flat = (value: Value) => g.reshape(value, [productOf(value.shape)]);
  const zeros = g.expand(g.constant([0], [1]), [size]);
  const sums = g.op('ScatterElements', [zeros, flat(indices), flat(r)], { axis: 0, reduction: 'add' });
  return g.reshape(sums, x.shape);
}

export function windowMaxPoolGrad(g: Builder, node: Node, inputs: readonly (Value | undefined)[]): Value {
  const [x, r] = inputs as [Value, Value];
  const { kernel, strides, dilations, pads } = windowOf(node.attributes);
  const y = g.op('MaxPool', [x], node.attributes);
  const out = spatialOf(r);
  const spatial = spatialOf(x);
  const rank = kernel.length;
  // The last place of a window, counted in strides: the number of blocks a window touches beyond its first.
  const beyond = kernel.map((size, axis) => Math.floor(((size - 1) * dilations[axis]!) / strides[axis]!));
  const blocks = out.map((size, axis) => size + beyond[axis]!);
  const padded = padLowest(
    g,
    x,
    pads.slice(0, rank),
    blocks.map((size, axis) => size * strides[axis]! - spatial[axis]! - pads[axis]!),
  );
  const axes = kernel.map((_, axis) => axis + 2);
  const phases = new Map<string, Value>();
  let open: Value | undefined;
  for (const place of tuples(kernel)) {
    const starts = place.map((at, axis) => at * dilations[axis]!);
    const ends = starts.map((start, axis) => start + (out[axis]! - 1) * strides[axis]! + 1);
    const here = g.slice(padded, starts, ends, axes, [...strides]);
    const holds = g.op('Equal', [here, y]);
    const first = open ? g.op('And', [holds, open]) : holds;
    open = open ? g.op('And', [open, g.op('Not', [holds])]) : g.op('Not', [holds]);
    const given = g.where(first, r, g.scalar(0));
    const shift = starts.map((start, axis) => Math.floor(start / strides[axis]!));
    const placed = g.pad(given, [0, 0, ...shift], [0, 0, ...shift.map((by, axis) => beyond[axis]! - by)]);
    const phase = starts.map((start, axis) => start % strides[axis]!).join();
    const before = phases.get(phase);
    phases.set(phase, before ? g.add(before, placed) : placed);
  }
  const shape: Dim[] = [x.shape[0]!, x.shape[1]!, ...blocks];
  const parts = tuples(strides).map((phase) => phases.get(phase.join()) ?? g.expand(g.scalar(0), shape));
  const whole = interleave(g, parts, strides);
  const size = spatialOf(whole);
  return g.pad(
    whole,
    [0, 0, ...pads.slice(0, rank).map((pad) => -pad)],
    [0, 0, ...size.map((length, axis) => spatial[axis]! - (length - pads[axis]!))],
  );
}

/** Pads (or cuts, where negative) with the lowest number, which no maximum is. */
function padLowest(g: Builder, x: Value, before: readonly number[], after: readonly number[]): Value {
  const pads = [0, 0, ...before, 0, 0, ...after];
  if (pads.every((pad) => pad === 0)) return x;
  return g.op('Pad', [x], { pads, mode: 'constant', value: -3.4028234663852886e38 });
}
