/** What the page asks of its worker beside explanations: a call is a message with a number, and so is its answer. */
import { type ErrorCode, SaliencyError, type Tensor } from '@regional-saliency/core';
import type { Analysis, AnalysisOptions, ScoreRow } from '@regional-saliency/study/browser';
import type { ModelInfo } from './read-model';
import type { ReportMaterial } from './write-report';

export interface Calls {
  /** @param size height and width where the model leaves them open */
  read(files: readonly File[], size: number): Promise<ModelInfo>;
  /** @param pixels [C, H, W] @throws SaliencyError where it is no chest X-ray */
  lungs(pixels: Tensor): Promise<{ readonly labels: Tensor; readonly confidence: number }>;
  compare(scores: readonly ScoreRow[], options: AnalysisOptions): Promise<Analysis>;
  /** The page of the report, as text. */
  report(material: ReportMaterial): Promise<string>;
}

interface Call {
  readonly call: keyof Calls;
  readonly number: number;
  readonly given: readonly unknown[];
}

type Answer =
  | { readonly answers: number; readonly value: unknown }
  | { readonly answers: number; readonly message: string; readonly code?: ErrorCode | undefined };

/** The worker's side. */
export function answer(calls: Calls): void {
  addEventListener('message', async ({ data }: MessageEvent<Partial<Call>>) => {
    const { call, number, given } = data;
    if (!call) return;
    const reply = (answer: Answer) => (postMessage as (message: Answer) => void)(answer);
    try {
      const work = calls[call] as (...given: readonly unknown[]) => Promise<unknown>;
      reply({ answers: number!, value: await work(...given!) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reply({ answers: number!, message, code: error instanceof SaliencyError ? error.code : undefined });
    }
  });
}

/** The page's side. */
export function callsOf(worker: Worker): Calls {
  let numbers = 0;
  const ask =
    (call: keyof Calls) =>
    (...given: readonly unknown[]) =>
      new Promise<never>((resolve, reject) => {
        const number = ++numbers;
        const listener = ({ data }: MessageEvent<Partial<Answer>>) => {
          if (data.answers !== number) return;
          worker.removeEventListener('message', listener);
          if ('message' in data)
            reject(data.code ? new SaliencyError(data.code, data.message!) : new Error(data.message));
          else resolve((data as { value: never }).value);
        };
        worker.addEventListener('message', listener);
        worker.postMessage({ call, number, given } satisfies Call);
      });
  return { read: ask('read'), lungs: ask('lungs'), compare: ask('compare'), report: ask('report') };
}
