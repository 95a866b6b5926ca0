/** The first of several signals, without AbortSignal.any. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { firstSignal } from '../src/first-signal';

describe('the first of several signals', () => {
  it('aborts with the reason of whichever comes first, and with no other', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const first = firstSignal([a.signal, b.signal]);
    expect(first.signal.aborted).toBe(false);
    b.abort('second');
    a.abort('first');
    expect(first.signal.reason).toBe('second');
    for (const { signal } of [a, b]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is aborted from the start where one of them is', () => {
    const { signal } = new AbortController();
    const first = firstSignal([signal, AbortSignal.abort('before')]);
    expect(first.signal.reason).toBe('before');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('stays as it is once it is let go of', () => {
    const controller = new AbortController();
    const first = firstSignal([controller.signal]);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    first.release();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(first.signal.aborted).toBe(false);
  });
});
