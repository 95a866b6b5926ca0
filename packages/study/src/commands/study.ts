/** `study`: a study file run to its end, with progress, Ctrl-C and a summary in words. */
import { startProgress } from '../progress';
import { findings } from '../report/words';
import { readStudy } from '../study/config';
import { runStudy, type StudyOutcome } from '../study/run';

/** Overrides of the file's settings. */
export interface StudyCommand {
  readonly backend?: string | undefined;
  readonly output?: string | undefined;
}

/**
 * Runs a study file. The first Ctrl-C lets the batch at work finish and stops; a second one ends the program at once,
 * which loses no more than that batch.
 */
export async function studyFromFile(path: string, { backend, output }: StudyCommand): Promise<StudyOutcome> {
  const config = await readStudy(path, { backend, output });
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('\nfinishing this batch, then stopping (Ctrl-C again: at once)\n');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await runStudy(config, {
      signal: controller.signal,
      progress: (work) => startProgress(work),
    });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** The outcome as lines for a terminal. */
export function showOutcome({ results, files }: StudyOutcome): string {
  const sentences = findings(results);
  return [
    '',
    results.title,
    ...results.methods.map(({ label }, index) => `  ${label}: ${sentences[index]}`),
    ...(results.leftOut.length > 0
      ? ['', 'left out:', ...results.leftOut.map(({ reason }) => `  ${reason}`)]
      : []),
    '',
    `scores   ${files.csv}`,
    `         ${files.parquet}`,
    `results  ${files.results}`,
    `report   ${files.report}`,
    '',
  ].join('\n');
}
