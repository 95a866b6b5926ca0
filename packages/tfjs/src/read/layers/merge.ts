/** Layers of several inputs. */
import { type Dim, productOf, SaliencyError, type Value } from '@regional-saliency/core';
import { axesOf, type Call, flagOf, type Layer } from './layer';

/** Inputs of lower rank get axes of size 1 behind the batch, as tfjs gives them. */
function ofOneRank({ c, inputs }: Call): Value[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return inputs.map((x) => {
    const [n, ...rest] = x.shape;
    const missing = new Array<number>(rank - x.shape.length).fill(1);
    return missing.length === 0 ? x : c.op('Reshape', [x], { shape: [n!, ...missing, ...rest] });
  });
}

/** One input after another; the last node has the layer's name. */
function folded(op: string, exactly?: number): Layer {
  return (call) => {
    const [first, ...more] = ofOneRank(call);
    if (more.length === 0 || (exactly && more.length + 1 !== exactly))
      throw new SaliencyError('bad-file', `it merges ${more.length + 1} inputs`);
    return more.reduce(
      (sum, x, at) => call.c.op(op, [sum, x], {}, call.names(at < more.length - 1 ? String(at) : undefined)),
      first!,
    );
  };
}

export const Add = folded('Add');
export const Subtract = folded('Sub', 2);
export const Multiply = folded('Mul');
export const Maximum = folded('Max');
export const Minimum = folded('Min');

export const Average: Layer = (call) => {
  const sum = folded('Add')({ ...call, names: (part = 'sum') => call.names(part) });
  return call.c.op('Mul', [sum, call.c.g.scalar(1 / call.inputs.length)], {}, call.names());
};

export const Concatenate: Layer = ({ c, config, inputs, x, names }) => {
  const [axis] = axesOf(config, 'axis', x.shape.length, -1);
  return inputs.length === 1 ? x : c.op('Concat', inputs, { axis: axis! }, names());
};

/** The sum of products along one axis of each, for every pair of places that is left. */
export const Dot: Layer = ({ c, config, inputs, names }) => {
  const { g } = c;
  const [a, b] = inputs;
  if (!a || !b || inputs.length > 2)
    throw new SaliencyError('bad-file', `it multiplies ${inputs.length} inputs`);
  const given = Array.isArray(config.axes) ? config.axes : [config.axes, config.axes];
  if (given.length !== 2) throw new SaliencyError('bad-file', '"axes" is not for two inputs');
  const left = rowsOf(a, given[0]);
  const right = rowsOf(b, given[1]);
  const product = g.matMul(left.rows, g.swapLast(right.rows));
  const places = [...left.places, ...right.places];
  const shape = [a.shape[0]!, ...(places.length === 0 ? [1] : places)];
  return g.op('Reshape', [product], { shape }, names());

  /** All places in one axis, and what is multiplied in the last. */
  function rowsOf(x: Value, at: unknown): { places: readonly Dim[]; rows: Value } {
    const [axis] = axesOf({ axes: at }, 'axes', x.shape.length);
    if (axis === 0) throw new SaliencyError('bad-file', '"axes" names the batch');
    const rest = x.shape.map((_, each) => each).filter((each) => each > 0 && each !== axis);
    const turned = g.transpose(flagOf(config, 'normalize', false) ? normalized(x, axis!) : x, [
      0,
      ...rest,
      axis!,
    ]);
    const places = rest.map((each) => x.shape[each]!);
    return { places, rows: g.reshape(turned, [x.shape[0]!, productOf(places), x.shape[axis!]!]) };
  }

  /** tfjs's: the sum of squares is at least its epsilon. */
  function normalized(x: Value, axis: number): Value {
    const squares = g.op('Max', [g.reduceSum(g.mul(x, x), [axis]), g.scalar(1e-7)]);
    return g.div(x, g.op('Sqrt', [squares]));
  }
};
