/** Snippets of READMEs: a test runs the files that a README shows, and nothing else may stand in it. */
import { readFileSync } from 'node:fs';

/**
 * What is written in the README's `ts` blocks, in order. A test that finds each equal to a file of its own, and imports
 * those files, knows that the README's code is checked, linted and run.
 */
export function snippetsOf(readme: URL): string[] {
  return [...readFileSync(readme, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
}
