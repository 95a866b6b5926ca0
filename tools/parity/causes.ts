/**
 * Why a map is further from float64 than its bound, by the units that caused it.
 *
 * The program is run in float32 and in float64, and what it decides by (reads.ts) is compared, in loops step by step. A gate or
 * a pool is to blame only if the float64 program, handed what float32 decided by and nothing else, gives the float32 map. So is
 * a divisor. What is shown so is no bug; nor is it shown if the program in float64 is not the truth.
 */
import { kernels } from '@regional-saliency/conformance';
import {
  type Backend,
  compile,
  describeNode,
  type Graph,
  isProcedure,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { errorsOf, sumErrorsOf } from './compare';
import { doubles, floats, type Images, pick } from './ours';
import type { Cell } from './peers';
import { given, type Kind, type Read, watched } from './reads';

/** A unit that decides otherwise in float64, or a divisor. */
export interface Unit {
  /** The layer and the unit's place there, and the step of a loop. */
  readonly name: string;
  readonly here: number;
  readonly exact: number;
  /** The largest magnitude of its layer. */
  readonly largest: number;
}

/** How far one map is from another: its largest value, and the sum. */
export interface Distance {
  readonly map: number;
  readonly sum: number;
}

export interface Causes {
  /** The program in float64, from the truth. */
  readonly exact: Distance;
  /** Gates and pools on the other side, and how far ours is from float64 with ours on their side. */
  readonly flips: readonly Unit[];
  readonly behindFlips: Distance;
  /** The divisor whose rounding counts most in its layer, and how far ours is from float64 with all of ours. */
  readonly divisor: Unit | undefined;
  readonly behindDivisors: Distance | undefined;
}

/** @param exact a backend whose floats are doubles @returns undefined for a procedure, which is no program */
export async function causesOf(
  model: Graph,
  cell: Cell,
  all: Images,
  image: number,
  backend: Backend,
  exact: Backend,
): Promise<Causes | undefined> {
  const made = method(cell.method, cell.options);
  if (isProcedure(made)) return undefined;
  const program = compile(model, { method: made, target: 'input' });
  const relevance = program.outputs.relevance[0]!;
  const { tensor: pixels, targets } = pick(all, [image]);
  const feeds: Record<string, Tensor> = { [program.input]: pixels };
  if (program.graph.inputs.some(({ name }) => name === 'target'))
    feeds.target = { data: BigInt64Array.from(targets, BigInt), shape: [1], dtype: 'int64' };
  for (const { input, draw } of program.draws)
    feeds[input] = rowOf(floats(cell.draws[input]!.file), draw.shape, image);
  const run = async (on: Backend, graph: Graph, fed: Record<string, Tensor>) => {
    const session = await on.load(graph);
    try {
      return await session.run(fed);
    } finally {
      await session.dispose();
    }
  };

  const { graph, reads } = watched(program.graph);
  const here = await run(backend, graph, feeds);
  const there = await run(exact, graph, feeds);
  const truth = rowOf(doubles(cell.truth), cell.shape.slice(1), image).data as Float64Array;
  const between = (a: Tensor, b: Tensor): Distance => ({
    map: errorsOf(a.data as Float64Array, Float64Array.from(b.data as Float64Array), 1)[0]!,
    sum: sumErrorsOf(a.data as Float64Array, Float64Array.from(b.data as Float64Array), 1)[0]!,
  });
  /** Ours from the float64 program that reads what float32 has. */
  const behind = async (kinds: readonly Kind[]): Promise<Distance> => {
    const keys = reads.filter(({ kind }) => kinds.includes(kind)).map(({ key }) => key);
    const fed = { ...feeds, ...Object.fromEntries(keys.map((key) => [key, here[key]!])) };
    const map = (await run(exact, given(program.graph, new Set(keys)), fed))[relevance]!;
    return between(here[relevance]!, map);
  };

  const both = (read: Read) => [here[read.key]!, there[read.key]!] as const;
  const flips = reads.flatMap((read) => (read.kind === 'jump' ? flipsOf(read, ...both(read)) : []));
  const divisors = reads.flatMap((read) =>
    read.kind === 'divisor' ? [worstDivisor(read, ...both(read))] : [],
  );
  const apart = ({ here, exact }: Unit) => Math.abs((here - exact) / exact);
  return {
    exact: between(there[relevance]!, { ...there[relevance]!, data: truth }),
    flips,
    behindFlips: flips.length > 0 ? await behind(['jump']) : between(here[relevance]!, there[relevance]!),
    divisor: divisors.sort((a, b) => apart(b) - apart(a))[0],
    behindDivisors: divisors.length > 0 ? await behind(['jump', 'divisor']) : undefined,
  };
}

function rowOf(data: Float32Array | Float64Array, shape: readonly number[], row: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(data.slice(row * size, (row + 1) * size), [1, ...shape]);
}

const largestOf = (values: ArrayLike<number>) => {
  let largest = 0;
  for (let at = 0; at < values.length; at++) largest = Math.max(largest, Math.abs(values[at]!));
  return largest;
};

function flipsOf(read: Read, here: Tensor, exact: Tensor): Unit[] {
  const [a, b] = [here.data as Float32Array, exact.data as Float64Array];
  const largest = largestOf(b);
  if (read.node.op === 'MaxPoolGrad') return poolFlips(read, a, b, exact.shape, largest);
  const edge = read.node.op === 'Sign' ? 0 : read.node.inputs[1 - read.at]?.content?.[0];
  if (typeof edge !== 'number') return [];
  const units: Unit[] = [];
  for (let at = 0; at < b.length; at++) {
    if (a[at]! > edge === b[at]! > edge && a[at]! < edge === b[at]! < edge) continue;
    units.push({ name: nameOf(read, exact.shape, at), here: a[at]!, exact: b[at]!, largest });
  }
  return units;
}

/** Windows whose maximum is another unit; of each, by how much float64 has its own maximum above the other. */
function poolFlips(
  read: Read,
  here: Float32Array,
  exact: Float64Array,
  shape: readonly number[],
  largest: number,
): Unit[] {
  const one = read.steps ? shape.slice(1) : shape;
  const size = exact.length / (read.steps ?? 1);
  return Array.from({ length: read.steps ?? 1 }).flatMap((_, step) => {
    const [ours, theirs] = [Float64Array.from(here), exact].map((values) => {
      const data = values.subarray(step * size, (step + 1) * size);
      return { data, places: kernels.MaxPool!([{ shape: one, data }], read.node, one[0]!)[1]!.data };
    }) as [{ data: Float64Array; places: Float64Array }, { data: Float64Array; places: Float64Array }];
    return [...theirs.places].flatMap((place, window): Unit[] => {
      const other = ours.places[window]!;
      if (other === place) return [];
      const above = (data: Float64Array) => data[place]! - data[other]!;
      const name = `${nameOf(read, shape, step * size + place)} as the maximum of its window`;
      return [{ name, here: above(ours.data), exact: above(theirs.data), largest }];
    });
  });
}

/** The one that is changed most, in parts of itself. */
function worstDivisor(read: Read, here: Tensor, exact: Tensor): Unit {
  const [a, b] = [here.data as Float32Array, exact.data as Float64Array];
  let [worst, most] = [0, -1];
  for (let at = 0; at < b.length; at++) {
    const apart = Math.abs((a[at]! - b[at]!) / b[at]!);
    if (apart > most) [worst, most] = [at, apart];
  }
  return { name: nameOf(read, exact.shape, worst), here: a[worst]!, exact: b[worst]!, largest: largestOf(b) };
}

/** The nearest node behind it that has a name, and the unit's place without the batch. */
function nameOf({ node, at, steps }: Read, shape: readonly number[], position: number): string {
  let from = node.inputs[at]!.node;
  while (from && !from.name && from.inputs[0]?.node) from = from.inputs[0].node;
  const index: number[] = [];
  let rest = position;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const place = index.slice(steps ? 2 : 1).join(', ');
  return `${from ? describeNode(from) : 'input'} [${place}]${steps ? ` in step ${index[0]! + 1}` : ''}`;
}
