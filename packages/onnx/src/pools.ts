/** Poolings that are said by averages, and the one that puts maxima back. */
import { type Dim, productOf, SaliencyError, sizeOf } from '@regional-saliency/core';
import { type Form, input, make } from './call';

/** The p-norm of a window: its mean with all places counted, times their number. */
export const lpPool: Form = (call) => {
  const { g } = call;
  const { p = 2, ...window } = call.attributes as { p?: number; kernel_shape: number[]; ceil_mode?: number };
  if (window.ceil_mode)
    throw new SaliencyError('unsupported', 'windows that hang over (ceil_mode) are not supported');
  const powers = g.op('Pow', [g.op('Abs', [input(call, 0)]), g.scalar(p)]);
  const mean = g.op('AveragePool', [powers], { ...window, count_include_pad: 1 });
  const sum = g.mul(mean, g.scalar(sizeOf(window.kernel_shape)));
  return make(call, 'Pow', [sum, g.scalar(1 / p)]);
};

/** Elements put where `MaxPool` found them, by its flat indices. Zeiler and Fergus 2014, arXiv 1311.2901. */
export const maxUnpool: Form = (call) => {
  const { g } = call;
  const [x, indices] = [input(call, 0), input(call, 1)];
  if (call.inputs[2])
    throw new SaliencyError('unsupported', 'an output larger than the pooled one is not supported');
  const { kernel_shape: kernel, ...rest } = call.attributes as Record<string, number[]>;
  const strides = rest.strides ?? kernel!.map(() => 1);
  const pads = rest.pads ?? [...kernel!, ...kernel!].map(() => 0);
  const [n, c, ...spatial] = x.shape as [Dim, Dim, ...number[]];
  const full = spatial.map(
    (size, axis) => (size - 1) * strides[axis]! + kernel![axis]! - pads[axis]! - pads[axis + spatial.length]!,
  );
  const shape = [n, c, ...full];
  const zeros = g.expand(g.scalar(0), [productOf(shape)]);
  const flat = [indices, x].map((value) => g.reshape(value, [productOf(value.shape)]));
  const put = g.op('ScatterElements', [zeros, ...flat], { axis: 0 });
  return make(call, 'Reshape', [put], { shape });
};
