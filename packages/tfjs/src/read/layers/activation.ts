/** Activations: as layers of their own, and by name in other layers' configurations. What they compute is tfjs's. */
import { SaliencyError, type Value } from '@regional-saliency/core';
import type { ChannelsLast } from '../channels-last';
import { axesOf, type Call, fixedSizes, type Layer, numberOf, numbersOf, sizesOf } from './layer';

type Activation = (c: ChannelsLast, x: Value, names: ReturnType<Call['names']>) => Value;

const one =
  (op: string, attributes = {}): Activation =>
  (c, x, names) =>
    c.op(op, [x], attributes, names);

const activations: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: one('Relu'),
  relu6: one('Clip', { min: 0, max: 6 }),
  leaky_relu: one('LeakyRelu', { alpha: 0.2 }),
  elu: one('Elu'),
  selu: one('Selu'),
  sigmoid: one('Sigmoid'),
  hard_sigmoid: one('HardSigmoid', { alpha: 0.2, beta: 0.5 }),
  softplus: one('Softplus'),
  softsign: one('Softsign'),
  tanh: one('Tanh'),
  softmax: one('Softmax', { axis: -1 }),
  log_softmax: one('LogSoftmax', { axis: -1 }),
  exponential: one('Exp'),
  swish: one('Swish'),
  silu: one('Swish'),
  hard_swish: one('HardSwish'),
  hard_silu: one('HardSwish'),
  mish: one('Mish'),
  gelu: one('Gelu'),
  gelu_new: one('Gelu', { approximate: 'tanh' }),
};

/**
 * The activation that a configuration names under `activation`: a word, or as Keras 3 may write it, an object with one.
 *
 * @throws SaliencyError `unsupported` where there is none of that name
 */
export function activated({ c, config, names }: Call, x: Value, part: string | undefined): Value {
  const written = (config.activation ?? 'linear') as unknown;
  const nested = written as { class_name?: unknown; config?: unknown };
  const word =
    typeof written === 'string'
      ? written
      : typeof nested.config === 'string'
        ? nested.config
        : String(nested.class_name ?? 'linear');
  // tfjs writes the names of its classes here and there: hardSigmoid.
  const name = word.replace(/[a-z](?=[A-Z])/g, '$&_').toLowerCase();
  if (!Object.hasOwn(activations, name))
    throw new SaliencyError(
      'unsupported',
      `the activation "${word}" is not supported; there are ${Object.keys(activations).join(', ')}`,
    );
  return activations[name]!(c, x, names(part && name !== 'linear' ? name : part));
}

export const Activation: Layer = (call) => activated(call, call.x, undefined);

/** Keras's: `max_value`, above it that; `negative_slope` · (x - threshold) below `threshold`. */
export const ReLU: Layer = ({ c, config, x, names }) => {
  const most = config.max_value == null ? undefined : numberOf(config, 'max_value');
  const slope = numberOf(config, 'negative_slope', 0);
  const threshold = numberOf(config, 'threshold', 0);
  if (threshold === 0 && slope === 0) {
    return most === undefined
      ? c.op('Relu', [x], {}, names())
      : c.op('Clip', [x], { min: 0, max: most }, names());
  }
  const { g } = c;
  const below = c.op('Mul', [c.op('Sub', [x, g.scalar(threshold)]), g.scalar(slope)]);
  const passes = c.op('GreaterOrEqual', [x, g.scalar(threshold)]);
  if (most === undefined && threshold === 0) return c.op('LeakyRelu', [x], { alpha: slope }, names());
  const above = most === undefined ? x : c.op('Min', [x, g.scalar(most)]);
  return c.op('Where', [passes, above, below], {}, names());
};

export const LeakyReLU: Layer = ({ c, config, x, names }) => {
  const alpha = numberOf(config, 'negative_slope', numberOf(config, 'alpha', 0.3));
  return c.op('LeakyRelu', [x], { alpha }, names());
};

export const PReLU: Layer = ({ c, config, x, names, weight }) => {
  const shared = config.shared_axes == null ? [] : axesOf(config, 'shared_axes', x.shape.length);
  const axes = x.shape.map((_, axis) => axis).slice(1);
  const shape = axes.map((axis) => (shared.includes(axis) ? 1 : fixedSizes(x, [axis])[0]!));
  return c.op('PRelu', [x, weight('alpha', shape)], {}, names());
};

export const ELU: Layer = ({ c, config, x, names }) =>
  c.op('Elu', [x], { alpha: numberOf(config, 'alpha', 1) }, names());

export const ThresholdedReLU: Layer = ({ c, config, x, names }) => {
  const passes = c.op('Greater', [x, c.g.scalar(numberOf(config, 'theta', 1))]);
  return c.op('Where', [passes, x, c.g.scalar(0)], {}, names());
};

export const Softmax: Layer = ({ c, config, x, names }) => {
  const [axis, ...more] = axesOf(config, 'axis', x.shape.length, -1);
  if (more.length > 0) throw new SaliencyError('unsupported', 'a Softmax over several axes is not supported');
  return c.op('Softmax', [x], { axis: axis! }, names());
};

/** Numbers are multiplied and shifted: one for all, or one a channel. */
export const Rescaling: Layer = ({ c, config, x, names }) => {
  const factor = (key: string, usual: number) => {
    const numbers = numbersOf(config, key, usual);
    return numbers.length === 1 ? c.g.scalar(numbers[0]!) : c.g.constant(numbers, [numbers.length]);
  };
  return c.op('Add', [c.op('Mul', [x, factor('scale', 1)]), factor('offset', 0)], {}, names());
};

/** Rows (along the last axis) in which every element is the mask's become 0. */
export const Masking: Layer = ({ c, config, x, names }) => {
  const { g } = c;
  const same = c.op('Equal', [x, g.scalar(numberOf(config, 'mask_value', 0))]);
  const least = c.op('ReduceMin', [c.op('Cast', [same], { to: 'float32' })], { axes: [-1], keepdims: 1 });
  return c.op('Where', [c.op('Equal', [least, g.scalar(1)]), g.scalar(0), x], {}, names());
};

/** Rows of a table by whole numbers. */
export const Embedding: Layer = ({ c, config, x, names, weight }) => {
  const [count] = sizesOf(config, 'input_dim', 1);
  const table = weight('embeddings', [count, undefined]);
  return c.op('Gather', [table, c.op('Cast', [x], { to: 'int32' })], { axis: 0 }, names());
};
