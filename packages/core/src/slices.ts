/** Runs of a loaded program, as many images at a time as fit. */
import type { Backend, Session } from './backend';
import { isBatch } from './dimension';
import { drawFor } from './draws';
import type { Graph } from './graph';
import { feedName, type Program } from './program';
import { batchAxis, firstAlong, joinAlong, takeRows, takeRowsOrOnly } from './rows';
import { TARGET } from './target';
import type { Tensor } from './tensor';

/** A program and the session that runs it. */
export interface Loaded {
  readonly program: Program;
  readonly session: Session;
}

export async function load(program: Program, backend: Backend): Promise<Loaded> {
  return { program, session: await backend.load(program.graph) };
}

export const takesTarget = ({ graph }: Program) => graph.inputs.some(({ name }) => name === TARGET);

/** Runs a program on images, as many at a time as fit; a batch that a file has fixed is filled up. */
export async function runInSlices(
  { program, session }: Loaded,
  given: Readonly<Record<string, Tensor>>,
  options: {
    readonly count: number;
    readonly targets: readonly number[] | undefined;
    readonly batch: number;
    readonly signal: AbortSignal | undefined;
    /** The image in each of so many rows, where one image is for all. */
    readonly repeated?: ((count: number) => Tensor) | undefined;
    /** What else goes into each row; one of [1, …] into all. */
    readonly feeds?: Readonly<Record<string, Tensor>> | undefined;
  },
): Promise<Record<string, Tensor>> {
  const { count, targets, batch, signal, repeated } = options;
  const fixed = fixedBatch(program);
  const step = fixed ?? Math.max(1, Math.min(batch, count));
  const parts: Record<string, Tensor>[] = [];
  for (let start = 0; start < count; start += step) {
    signal?.throwIfAborted();
    const size = Math.min(step, count - start);
    // A file whose batch was baked in gets its last images again to fill the slice.
    const rows = Array.from({ length: fixed ?? size }, (_, at) => start + Math.min(at, size - 1));
    const feeds: Record<string, Tensor> = {};
    for (const [name, own] of Object.entries(given)) {
      if (name === program.input) feeds[name] = repeated?.(rows.length) ?? takeRows(own, rows);
      else feeds[name] = hasRows(program, name) ? takeRowsOrOnly(own, rows) : own;
    }
    for (const [name, fed] of Object.entries(options.feeds ?? {})) {
      feeds[feedName(name)] = takeRowsOrOnly(fed, rows);
    }
    for (const drawn of program.draws) feeds[drawn.input] = drawFor(drawn, feeds[drawn.of]!);
    if (targets) {
      feeds[TARGET] = {
        data: BigInt64Array.from(rows, (row) => BigInt(targets[row]!)),
        shape: [rows.length],
        dtype: 'int64',
      };
    }
    const results = await session.run(feeds);
    parts.push(results);
  }
  return joinParts(program.graph, parts, fixed, count);
}

export const inputNamed = ({ graph }: Program, name: string) =>
  graph.inputs.find((value) => value.name === name)!;

/** The batch that a file has fixed. */
function fixedBatch(program: Program): number | undefined {
  const [batch] = inputNamed(program, program.input).shape;
  return isBatch(batch!) ? undefined : batch;
}

/** Whether an input of the model has a row for each image; else all images share what it is fed. */
export function hasRows(program: Program, name: string): boolean {
  const [first] = inputNamed(program, name).shape;
  return first !== undefined && (isBatch(first) || first === fixedBatch(program));
}

/**
 * The results of all runs as if of one: rows that only filled the last slice of a fixed batch are left out, and what does
 * not depend on the images is taken once.
 */
function joinParts(
  graph: Graph,
  parts: readonly Record<string, Tensor>[],
  fixed: number | undefined,
  count: number,
): Record<string, Tensor> {
  const outputs = Object.entries(graph.outputs).map(([name, { shape }]) => {
    const axis = batchAxis(shape, fixed);
    const first = parts[0]![name]!;
    if (axis === undefined) return [name, first];
    const whole = joinAlong(
      parts.map((part) => part[name]!),
      axis,
    );
    const filled = fixed !== undefined && count % fixed !== 0;
    const perImage = fixed === undefined ? 1 : first.shape[axis]! / fixed;
    return [name, filled ? firstAlong(whole, axis, count * perImage) : whole];
  });
  return Object.fromEntries(outputs);
}
