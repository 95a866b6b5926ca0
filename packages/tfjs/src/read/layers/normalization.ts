/** Normalisation: with fixed statistics, with those of each example, and of a model's input. */
import { productOf, SaliencyError, sizeOf, type Value } from '@regional-saliency/core';
import { axesOf, type Call, fixedSizes, flagOf, type Layer, numberOf, numbersOf } from './layer';

/** A parameter, or what stands for it where the layer has none. */
function parameter(
  call: Call,
  flag: string,
  name: string,
  shape: readonly number[],
  otherwise: number,
): Value {
  if (flagOf(call.config, flag, true)) return call.weight(name, shape);
  return filled(call, shape, otherwise);
}

function filled({ c }: Call, shape: readonly number[], value: number): Value {
  const read = () => new Float32Array(sizeOf(shape)).fill(value);
  return c.g.constantOf({ dtype: 'float32', shape, read });
}

/** x with the given axis in place of the second, where ONNX has channels; and the way back. */
function onAxis({ c, x }: Call, axis: number) {
  const rank = x.shape.length;
  if (axis === rank - 1 && rank > 2) return { y: c.image(x), back: (y: Value) => c.last(y) };
  const perm = x.shape.map((_, at) => at);
  perm.splice(axis, 1);
  perm.splice(1, 0, axis);
  const inverse = perm.map((_, at) => perm.indexOf(at));
  return { y: c.g.transpose(x, perm), back: (y: Value) => c.g.transpose(y, inverse) };
}

export const BatchNormalization: Layer = (call) => {
  const { c, config, x, names, weight } = call;
  const [axis, ...more] = axesOf(config, 'axis', x.shape.length, -1);
  if (more.length > 0)
    throw new SaliencyError('unsupported', 'a batch norm over several axes is not supported');
  const shape = fixedSizes(x, [axis!]);
  const { y, back } = onAxis(call, axis!);
  const inputs = [
    y,
    parameter(call, 'scale', 'gamma', shape, 1),
    parameter(call, 'center', 'beta', shape, 0),
    weight('moving_mean', shape),
    weight('moving_variance', shape),
  ];
  const epsilon = numberOf(config, 'epsilon', 1e-3);
  return back(c.g.op('BatchNormalization', inputs, { epsilon }, names()));
};

export const LayerNormalization: Layer = (call) => {
  const { c, config, x: given, names } = call;
  const rank = given.shape.length;
  const own = axesOf(config, 'axis', rank, -1);
  const epsilon = numberOf(config, 'epsilon', 1e-3);
  const parameters = [parameter(call, 'scale', 'gamma', fixedSizes(given, own), 1)];
  if (flagOf(config, 'center', true)) parameters.push(call.weight('beta', fixedSizes(given, own)));
  // ONNX's norms are over the last axes: others are moved there. As tfjs has it, parameters lie in the axes' own order.
  const axes = [...own].sort((first, second) => first - second);
  const perm = [...given.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  const x = c.op('Transpose', [given], { perm });
  const shape = fixedSizes(given, axes);
  // Of an image the places become one axis, so that no tensor of rank 4 has its channels last.
  const before = x.shape.slice(0, rank - axes.length);
  const rows = before.length > 2 ? [before[0]!, productOf(before.slice(1)), ...shape] : x.shape;
  const whole = axes.length > 1 && before.length === 1 ? [before[0]!, sizeOf(shape)] : rows;
  const flat = whole === rows ? shape : [sizeOf(shape)];
  const inputs = [
    c.op('Reshape', [x], { shape: whole }),
    ...parameters.map((value) => c.g.reshape(value, flat)),
  ];
  const attributes = { axis: whole.length - flat.length, epsilon };
  const y = c.op('Reshape', [c.g.op('LayerNormalization', inputs, attributes, names())], { shape: x.shape });
  return c.op('Transpose', [y], { perm: inverse });
};

/** Keras's: brought to mean 0 and deviation 1 by statistics that are weights or stand in the configuration. */
export const Normalization: Layer = (call) => {
  const { c, config, x, names } = call;
  const axes = config.axis === null ? [] : axesOf(config, 'axis', x.shape.length, -1);
  if (axes.length > 1 || (axes.length === 1 && axes[0] !== x.shape.length - 1))
    throw new SaliencyError('unsupported', 'a Normalization of another axis than the last is not supported');
  const shape = fixedSizes(x, axes);
  const mean = statistic(call, 'mean', shape);
  const variance = statistic(call, 'variance', shape);
  const deviation = c.g.constantOf({
    dtype: 'float32',
    shape,
    read: () =>
      Float32Array.from(variance.constant!.read() as Float32Array, (item) => Math.max(Math.sqrt(item), 1e-7)),
  });
  if (flagOf(config, 'invert', false)) return c.op('Add', [c.op('Mul', [x, deviation]), mean], {}, names());
  return c.op('Div', [c.op('Sub', [x, mean]), deviation], {}, names());
};

function statistic({ c, config, weight }: Call, name: string, shape: readonly number[]): Value {
  if (config[name] == null) return weight(name, shape);
  const given = numbersOf(config, name);
  const count = sizeOf(shape);
  if (given.length !== 1 && given.length !== count)
    throw new SaliencyError('bad-file', `"${name}" has ${given.length} numbers for ${count} channels`);
  const read = () => Float32Array.from({ length: count }, (_, at) => given[given.length === 1 ? 0 : at]!);
  return c.g.constantOf({ dtype: 'float32', shape, read });
}
