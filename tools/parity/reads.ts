/**
 * What a program decides by: the values that it compares, takes a maximum of, or divides by.
 *
 * A map jumps where such a value crosses an edge, and grows without bound where it nears zero; all else in a program is as
 * smooth as its rounding. So these values can be looked at (`watched`), and handed to the same program in another arithmetic
 * (`given`); in loops those of every step.
 */
import { Builder, type Graph, type Node, rewrite, type Value } from '@regional-saliency/core';

/** `jump`: compared, or searched for its maximum. `divisor`: something is divided by it. */
export type Kind = 'jump' | 'divisor';

/** A value that a node of the program reads so. */
export interface Read {
  /** What its output of `watched` and its input of `given` are called. */
  readonly key: string;
  readonly kind: Kind;
  readonly node: Node;
  /** Which of the node's inputs it is. */
  readonly at: number;
  /** In a loop, how many; they are the first axis of what is watched or given. */
  readonly steps: number | undefined;
}

const comparisons = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']);
const first = new Set(['MaxPoolGrad', 'ArgMax', 'Sign']);

function kindOf({ op, inputs }: Node, at: number): Kind | undefined {
  const value = inputs[at];
  if (!value || value.constant || !value.dtype.startsWith('float')) return undefined;
  if (comparisons.has(op) || (first.has(op) && at === 0)) return 'jump';
  return op === 'Div' && at === 1 ? 'divisor' : undefined;
}

/** The program with what it reads so as outputs, by their keys. */
export function watched(graph: Graph): { readonly graph: Graph; readonly reads: readonly Read[] } {
  const reads = new Map<string, Read>();
  const outputs: Record<string, Value> = {};
  const changed = exchanged(
    graph,
    (g, read, value, loop) => {
      if (!reads.has(read.key)) {
        reads.set(read.key, read);
        if (loop) loop.outputs[read.key] = inStep(g, value, loop);
        else outputs[read.key] = value;
      }
      return value;
    },
    (key, value) => {
      outputs[key] = value;
    },
  );
  return { graph: { ...changed, outputs: { ...changed.outputs, ...outputs } }, reads: [...reads.values()] };
}

/** The program that reads the given ones of these values from inputs, called by their keys, and not from itself. */
export function given(graph: Graph, keys: ReadonlySet<string>): Graph {
  const inputs = new Map<string, Value>();
  const inBody = new Map<string, Value>();
  const changed = exchanged(graph, (g, { key }, value, loop) => {
    if (!keys.has(key)) return value;
    const known = inBody.get(key) ?? inputs.get(key);
    if (known) return known;
    const { shape, dtype } = value;
    const input = g.input(key, loop ? [loop.steps, ...shape] : shape, dtype);
    inputs.set(key, input);
    if (!loop) return input;
    const captured = g.input(key, input.shape, dtype);
    loop.inputs.push([input, captured]);
    const own = g.op('Gather', [captured, loop.step], { axis: 0 });
    inBody.set(key, own);
    return own;
  });
  return { ...changed, inputs: [...changed.inputs, ...inputs.values()] };
}

/** What a loop gets and gives besides. */
interface Loop {
  readonly step: Value;
  readonly steps: number;
  /** Values around it with those that stand for them inside. */
  readonly inputs: [Value, Value][];
  readonly outputs: Record<string, Value>;
}

type Exchange = (g: Builder, read: Read, value: Value, loop: Loop | undefined) => Value;

/** @param given where a loop's own outputs are, by name */
function exchanged(
  graph: Graph,
  exchange: Exchange,
  given: (name: string, value: Value) => void = () => {},
  loop?: Loop,
  g = new Builder(graph),
): Graph {
  const instead = (node: Node, inputs: readonly (Value | undefined)[]) => {
    const now = inputs.map((value, at) => {
      const kind = kindOf(node, at);
      if (!kind) return value;
      const key = `${kind} ${node.inputs[at]!.id}`;
      return exchange(g, { key, kind, node, at, steps: loop?.steps }, value!, loop);
    });
    return now.some((value, at) => value !== inputs[at])
      ? g.node(node.op, now, node.attributes).outputs
      : undefined;
  };
  return rewrite(
    graph,
    (g, node, inputs) => {
      if (node.op !== 'Repeat') return instead(node, inputs);
      const { count, body } = node.attributes as { count: number; body: Graph };
      const own: Loop = { step: body.inputs[0]!, steps: count, inputs: [], outputs: {} };
      const changed = exchanged(body, exchange, given, own, g);
      const [around, inside] = [0, 1].map((at) => own.inputs.map((pair) => pair[at]!)) as [Value[], Value[]];
      const { outputs } = g.node('Repeat', [...inputs, ...around], {
        count,
        body: {
          ...changed,
          inputs: [...changed.inputs, ...inside],
          outputs: { ...changed.outputs, ...own.outputs },
        },
      });
      const before = node.outputs.length;
      for (const [at, name] of Object.keys(own.outputs).entries()) given(name, outputs[before + at]!);
      return outputs.slice(0, before);
    },
    g,
  );
}

/** A step's value in its place among those of all steps, zeros in theirs: they sum up to all values. */
function inStep(g: Builder, value: Value, { step, steps }: Loop): Value {
  const each = g.constant(
    Array.from({ length: steps }, (_, at) => at),
    [steps, ...value.shape.map(() => 1)],
    'int64',
  );
  const zero = g.scalar(0, value.dtype);
  return g.where(g.op('Equal', [each, step]), g.reshape(value, [1, ...value.shape]), zero);
}
