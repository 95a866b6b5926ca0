/** Inputs that once broke a rule of the readers: found by the fuzzer, kept for good. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attempt } from './attempt';

const folder = new URL('./crashes/', import.meta.url);

describe('a file that the fuzzer found', () => {
  it.each(readdirSync(folder))('(%s) becomes a program, or is refused in one sentence, soon', (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    const start = performance.now();
    const { outcome, error } = attempt(bytes);
    expect(error ?? '').not.toContain('\n');
    expect(outcome).not.toBe('crashed');
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
