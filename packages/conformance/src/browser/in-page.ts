/** For scripts of a page: what tests may ask of it, by name. No test framework, and nothing of Node. */
import { type Backend, SaliencyError } from '@regional-saliency/core';
import { type Checks, checksOf } from '../checks';

export type Answers = Readonly<Record<string, (...given: never[]) => unknown>>;

/** What an answer is sent as. */
export type Answer = { readonly value: unknown } | { readonly error: Failure };

export interface Failure {
  readonly message: string;
  /** Of a SaliencyError. */
  readonly code?: string | undefined;
}

declare global {
  var answer: ((name: string, given: readonly unknown[]) => Promise<Answer>) | undefined;
}

/** Lets tests call these; what they take and give must be JSON. */
export function offer(answers: Answers): void {
  globalThis.answer = async (name, given) => {
    try {
      return { value: await answers[name]!(...(given as never[])) };
    } catch (error) {
      return { error: failureOf(error) };
    }
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof SaliencyError) return { message: error.message, code: error.code };
  if (!(error instanceof Error)) return { message: String(error) };
  // fast-check says what failed in the cause.
  const because = error.cause instanceof Error ? `\n${error.cause.message}` : '';
  return { message: `${error.name}: ${error.message}${because}` };
}

/** Answers for the suites on each of some backends. */
export function checkAnswers(backends: Readonly<Record<string, () => Backend | Promise<Backend>>>): Answers {
  const made = new Map<string, Promise<Checks>>();
  const checks = (name: string) => {
    const known = made.get(name) ?? Promise.resolve(backends[name]!()).then(checksOf);
    made.set(name, known);
    return known;
  };
  return {
    one: async (backend: string, name: string, bound?: number) => (await checks(backend)).one(name, bound),
    random: async (backend: string, runs: number) => (await checks(backend)).random(runs),
    gradients: async (
      backend: string,
      op: string,
      runs: number,
      refusable: readonly string[],
      bound?: number,
    ) =>
      (await checks(backend)).gradients(
        op,
        runs,
        refusable.map((pattern) => new RegExp(pattern)),
        bound,
      ),
  };
}
