/** Runs a case on a backend and compares it with the reference interpreter. No test framework is needed for this. */
import { arrayOf, type Backend, type Tensor } from '@regional-saliency/core';
import type { Case } from './case';
import { evaluate } from './reference/evaluate';

/** Float32 arithmetic may be off by this part of the largest number expected. */
export const FLOAT32_BOUND = 1e-5;

export interface Outcome {
  /** The largest error of any float output, relative to the largest number expected in it. */
  readonly error: number;
  readonly runs: number;
}

/**
 * @param bound what floats may be off by
 * @throws Error that says which output of which run differs, and how
 */
export async function checkCase(
  backend: Backend,
  { name, program, runs, scale }: Case,
  bound = FLOAT32_BOUND,
): Promise<Outcome> {
  const session = await backend.load(program);
  try {
    const results: Record<string, Tensor>[] = [];
    for (const feeds of runs) results.push(await session.run(feeds));
    let error = 0;
    // Compared only now: what a run gave must not change when the next one runs.
    for (const [run, feeds] of runs.entries()) {
      const expected = evaluate(program, feeds);
      const got = results[run]!;
      for (const [output, value] of Object.entries(program.outputs)) {
        const where = `${name}, run ${run + 1}, output "${output}"`;
        const actual = got[output];
        if (!actual) throw new Error(`${where}: missing`);
        const found = compare(where, actual, expected[output]!, value.dtype, bound, scale?.atLeast ?? 0);
        error = Math.max(error, found);
      }
    }
    return { error, runs: runs.length };
  } finally {
    await session.dispose();
  }
}

function compare(
  where: string,
  actual: Tensor,
  expected: Tensor,
  dtype: Tensor['dtype'],
  bound: number,
  atLeast: number,
): number {
  if (`${actual.shape}` !== `${expected.shape}`) {
    throw new Error(`${where}: has shape [${actual.shape}], not [${expected.shape}]`);
  }
  const isFloat = dtype.includes('float');
  const typeFits = actual.dtype === dtype || (isFloat && actual.dtype === 'float64');
  if (!typeFits || !(actual.data instanceof arrayOf[actual.dtype])) {
    throw new Error(`${where}: is ${actual.dtype} in a ${actual.data.constructor.name}, not ${dtype}`);
  }
  if (actual.data.length !== expected.data.length) {
    throw new Error(`${where}: holds ${actual.data.length} elements, not ${expected.data.length}`);
  }
  let largest = 0;
  let worst = 0;
  for (let at = 0; at < expected.data.length; at++) {
    const [a, e] = [Number(actual.data[at]), Number(expected.data[at])];
    if (Number.isFinite(e)) {
      if (!Number.isFinite(a)) throw new Error(`${where}: element ${at} is ${a}, not ${e}`);
      largest = Math.max(largest, Math.abs(e));
      worst = Math.max(worst, Math.abs(a - e));
    } else if (!Object.is(a, e)) throw new Error(`${where}: element ${at} is ${a}, not ${e}`);
  }
  if (worst === 0) return 0;
  const error = worst / Math.max(largest, atLeast);
  if (!(error <= (isFloat ? bound : 0))) {
    throw new Error(
      `${where}: differs by ${worst}, which is ${error.toExponential(1)} of the largest number`,
    );
  }
  return error;
}
