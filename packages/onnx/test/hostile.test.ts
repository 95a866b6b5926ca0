/** Files made to break the reader: each is refused in one sentence, soon, in little memory. */
import { SaliencyError } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../src/index';
import { hostile } from './hostile';

describe('a file that holds', () => {
  it.each(hostile)('%s is refused in one sentence, soon', (_, make, message) => {
    const bytes = make();
    const start = performance.now();
    let error: unknown;
    try {
      readOnnx(bytes);
    } catch (caught) {
      error = caught;
    }
    expect(performance.now() - start).toBeLessThan(5000);
    expect(error).toBeInstanceOf(SaliencyError);
    const { code, message: found } = error as SaliencyError;
    expect(code).toBe('bad-file');
    expect(found).toMatch(message);
    expect(found.length).toBeLessThan(1100);
    expect(found).not.toContain('\n');
  });
});
