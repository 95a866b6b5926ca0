/** Compares the gradient rule of one operator with central differences, both in float64. */
import {
  Builder,
  type Graph,
  type Node,
  operators,
  sameShape,
  sizeOf,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import { type Case, type CaseOptions, caseOf, type Feeds, type Parts } from './case';
import { evaluate } from './reference/evaluate';

/** Half the distance over which differences are taken: truncation and rounding are both near 1e-10 there. */
const STEP = 1e-5;

/** Part of the largest derivative that a rule may be off by; rules hold constants such as 1/3 in float32. */
export const GRADIENT_BOUND = 1e-6;

export interface Rules {
  readonly op: string;
  readonly case: Case;
  /** The program that computes, from the inputs and one `r…` for each output, one `d…` for each input. */
  readonly backward: Graph;
}

/**
 * Builds one node and its gradient with respect to every float input of the program.
 *
 * @param make as in `caseOf`; its one value must be the first output of the node to test
 */
export function rulesOf(name: string, make: (parts: Parts) => Value, options?: CaseOptions): Rules {
  const forward = caseOf(name, make, options);
  const y = forward.program.outputs.y!;
  const node = y.node;
  if (!node) throw new Error(`${name}: the output is no node's`);
  const outputs = Object.fromEntries(
    node.outputs.filter(isFloat).map((value, index) => [`y${index}`, value]),
  );
  const program = { ...forward.program, outputs };
  return { op: node.op, case: { ...forward, program }, backward: backwardOf(program, node) };
}

function backwardOf(program: Graph, node: Node): Graph {
  const g = new Builder(program);
  const relevance = node.outputs.map((value, index) =>
    isFloat(value) ? g.input(`r${index}`, value.shape) : undefined,
  );
  const needs = node.inputs.map(
    (input) => input !== undefined && program.inputs.includes(input) && isFloat(input),
  );
  const shares = operators[node.op]!.gradient!({ g, node, needs }, relevance);
  const outputs: Record<string, Value> = {};
  for (const [index, input] of node.inputs.entries()) {
    if (!needs[index]) continue;
    const share = shares[index];
    if (!share) throw new Error(`${node.op} gives no gradient for input ${index}`);
    if (!sameShape(share.shape, input!.shape)) {
      throw new Error(`${node.op}: the gradient of input ${index} has another shape than the input`);
    }
    outputs[`d${input!.name}`] = share;
  }
  const arriving = relevance.filter((value) => value !== undefined);
  return g.finish({ inputs: [...program.inputs, ...arriving], outputs });
}

const isFloat = ({ dtype }: Value) => dtype.includes('float');

/** r for each output of the forward program: a fixed sequence without symmetry. */
function arrivingAt(outputs: Record<string, Tensor>): Feeds {
  const feeds = Object.entries(outputs).map(([name, { shape }]) => {
    const data = Float64Array.from({ length: sizeOf(shape) }, (_, at) => Math.cos(1.7 * at + 0.3) + 0.2);
    return [name.replace('y', 'r'), { data, shape, dtype: 'float64' } as Tensor];
  });
  return Object.fromEntries(feeds);
}

function dot(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Number(a.data[at]) * Number(b.data[at]);
  return sum;
}

/** What the interpreter returns for floats. */
const doublesOf = ({ data }: Tensor) => data as Float64Array;

/** Σ r·y, the scalar whose gradient the rule computes. */
function scalarOf(program: Graph, feeds: Feeds, r: Feeds): number {
  const outputs = evaluate(program, feeds);
  return Object.entries(outputs).reduce((sum, [name, y]) => sum + dot(y, r[name.replace('y', 'r')]!), 0);
}

function moved(feeds: Feeds, name: string, by: (at: number) => number): Feeds {
  const { data, shape } = feeds[name]!;
  const next = Float64Array.from(data as Float32Array, (value, at) => value + by(at));
  return { ...feeds, [name]: { data: next, shape, dtype: 'float64' } };
}

/**
 * The largest difference between rule and central differences over all elements of all inputs and all runs, relative
 * to the largest derivative.
 */
export function gradientError({ case: forward, backward }: Rules): number {
  let worst = 0;
  for (const feeds of forward.runs) {
    const r = arrivingAt(evaluate(forward.program, feeds));
    const gradients = evaluate(backward, { ...feeds, ...r });
    for (const [output, gradient] of Object.entries(gradients)) {
      const name = output.slice(1);
      const analytic = doublesOf(gradient);
      const numeric = Array.from(analytic, (_, place) => {
        const along = (sign: number) => (at: number) => (at === place ? sign * STEP : 0);
        const [above, below] = [1, -1].map((sign) =>
          scalarOf(forward.program, moved(feeds, name, along(sign)), r),
        );
        return (above! - below!) / (2 * STEP);
      });
      const largest = Math.max(...numeric.map(Math.abs));
      const error = Math.max(...numeric.map((value, at) => Math.abs(value - analytic[at]!)));
      worst = Math.max(worst, error === 0 ? 0 : error / largest);
    }
  }
  return worst;
}

/** The same along one direction an input, for many random geometries: relative to the size of the product's terms. */
export function directionalError({ case: forward, backward }: Rules): number {
  let worst = 0;
  for (const feeds of forward.runs) {
    const r = arrivingAt(evaluate(forward.program, feeds));
    const gradients = evaluate(backward, { ...feeds, ...r });
    for (const [output, gradient] of Object.entries(gradients)) {
      const name = output.slice(1);
      const direction = (at: number) => Math.sin(2.3 * at + 0.9);
      const [above, below] = [STEP, -STEP].map((step) =>
        scalarOf(
          forward.program,
          moved(feeds, name, (at) => step * direction(at)),
          r,
        ),
      );
      const terms = Array.from(doublesOf(gradient), (value, at) => value * direction(at));
      const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
      const error = Math.abs((above! - below!) / (2 * STEP) - terms.reduce((a, b) => a + b, 0));
      worst = Math.max(worst, error / Math.max(size, 1));
    }
  }
  return worst;
}

/** The rule's program as a case of the suite: what a backend makes of it is compared with the interpreter. */
export function backwardCase({ case: forward, backward }: Rules): Case {
  const runs = forward.runs.map((feeds): Feeds => {
    const r = arrivingAt(evaluate(forward.program, feeds));
    const singles = Object.entries(r).map(([name, { data, shape }]) => [
      name,
      { data: Float32Array.from(data as Float64Array), shape, dtype: 'float32' },
    ]);
    return { ...feeds, ...Object.fromEntries(singles) };
  });
  const outputs = { ...forward.program.outputs, ...backward.outputs };
  const because = 'what arrives is of size 1, and much of it may cancel on the way';
  return { name: forward.name, program: { ...backward, outputs }, runs, scale: { atLeast: 1, because } };
}
