/**
 * The books of EpsilonPlus, node by node: what of the relevance that arrives at a node's outputs is not handed on to what it reads.
 *
 * What all nodes keep adds up to what does not arrive at the image, so no loss is left without its place. At a convolution what
 * is kept is split once more: z⁺ hands nothing on from a unit to which nothing contributes positively. And nothing is handed on
 * from values that go in steps, such as the place of a maximum, since no rule says what they are made of.
 */
import {
  type Dim,
  forward,
  isBatch,
  type Method,
  type MethodContext,
  type Node,
  operators,
  quotientOf,
  type Value,
} from '@regional-saliency/core';
import {
  average,
  byOperator,
  type Composite,
  epsilon,
  isConvolution,
  type LrpContext,
  type LrpRule,
  layerwise,
  lrp,
  mixed,
  type Position,
  residual,
  zPlus,
} from '@regional-saliency/methods';

/** Next to nothing: values of a network without biases can be small. */
const EPSILON = 1e-30;

const convolution = zPlus(EPSILON);
const dense = epsilon(EPSILON);
const composite = mixed(
  byOperator({ average: average(EPSILON), residual: residual(EPSILON) }),
  layerwise((node) => (isConvolution(node) ? convolution : dense)),
);

/** EpsilonPlus with denominators as they are. */
export const unstabilized = lrp('lrp-epsilon-plus', composite);

/** What one node keeps, or only what it keeps where it can't hand anything on. */
export interface Entry {
  readonly node: Node;
  readonly cause: 'kept' | 'nothing positive' | 'sum of 0' | 'no derivative';
}

/** @param entries filled as the program is built: what the columns of its relevance, [N, entries, 1, 1], are about */
export const ledger = (entries: Entry[]): Method => ({
  id: 'lrp-ledger',
  options: {},
  mergesNorms: true,
  build: (context) => {
    const columns: Value[] = [];
    lrp('lrp-epsilon-plus', booked(context, entries, columns)).build(context);
    return context.g.concat(columns, 1);
  },
});

function booked({ g, input }: MethodContext, entries: Entry[], columns: Value[]): Composite {
  const images = input.shape[0]!;
  const book = (node: Node, cause: Entry['cause'], amount: Value) => {
    entries.push({ node, cause });
    columns.push(amount);
  };
  return (node, position) => {
    const rule = composite(node, position) ?? (operators[node.op]?.gradient as LrpRule | null | undefined);
    return (context, relevance) => {
      const shares = rule?.(context, relevance) ?? node.inputs.map(() => undefined);
      const arriving = relevance.filter((value) => value !== undefined);
      const leaving = shares.filter((value, at) => value && context.needs[at]) as Value[];
      const kept = arriving
        .map((value) => total(context, value, images))
        .concat(leaving.map((value) => g.op('Neg', [total(context, value, images)])))
        .reduce((sum, each) => g.add(sum, each));
      const empty = emptyUnits(context, position);
      if (empty) {
        const amount = total(context, g.mul(relevance[0]!, empty.units), images);
        book(node, empty.cause, amount);
        book(node, 'kept', g.sub(kept, amount));
      } else book(node, goesInSteps(node) ? 'no derivative' : 'kept', kept);
      return shares;
    };
  };
}

/** Whether what a node gives, or what it reads, is whole: indices, places of maxima, comparisons. */
const goesInSteps = ({ op, inputs }: Node) =>
  operators[op]?.gradient === null || inputs.every((value) => !value?.dtype.startsWith('float'));

/** 1 at the units whose denominator is exactly 0, so that a rule has nothing to hand relevance on by. */
function emptyUnits(
  context: LrpContext,
  { roles }: Position,
): { units: Value; cause: Entry['cause'] } | undefined {
  const { g, node } = context;
  const role = roles.of.get(node);
  const isZero = (sum: Value) => g.cast(g.op('Equal', [sum, g.scalar(0)]), 'float32');
  if (role === 'linear' && isConvolution(node)) {
    const [data, weights] = node.inputs as [Value, Value];
    const positive = (value: Value) => g.op('Relu', [value]);
    const negative = (value: Value) => g.op('Clip', [value], { max: 0 });
    const contributed = g.add(
      forward(context, [positive(data), positive(weights)]),
      forward(context, [negative(data), negative(weights)]),
    );
    return { units: isZero(contributed), cause: 'nothing positive' };
  }
  // Of a model without biases, the sums of the other rules are the outputs.
  const sums = role === 'linear' || role === 'average' || role === 'residual';
  return sums ? { units: isZero(node.outputs[0]!), cause: 'sum of 0' } : undefined;
}

/** The sum of a value, an image: [N, 1, 1, 1]. */
function total({ g }: LrpContext, value: Value, images: Dim): Value {
  // Where a reshape has joined the batch with what an image has ([N, 768] as [768N], say), each image has its stretch of that
  // axis. An axis without images, or none, is of a file whose batch is one.
  const joined = Math.max(0, value.shape.findIndex(isBatch));
  const others = value.shape.flatMap((_, axis) => (axis === joined ? [] : [axis]));
  const stretch = quotientOf(value.shape[joined] ?? 1, images) as number;
  return g.reduceSum(g.reshape(g.reduceSum(value, others), [images, stretch, 1, 1]), [1]);
}
