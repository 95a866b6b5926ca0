import { PassThrough } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { duration, startProgress } from '../src/progress';

afterEach(() => {
  vi.useRealTimers();
});

function stream(isTTY: boolean) {
  const out = Object.assign(new PassThrough(), { isTTY, columns: 100, cursorTo() {}, clearLine() {} });
  const text = () => String(out.read() ?? '');
  return { out: out as unknown as NodeJS.WriteStream, text };
}

it('without a terminal, a line every five seconds says how far it is and what is left', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { out, text } = stream(false);
  const progress = startProgress('explaining', 40, 10, out);
  vi.advanceTimersByTime(3000);
  progress.update(12);
  expect(text()).toBe('');
  vi.advanceTimersByTime(3000);
  progress.update(15);
  // 5 images in 6 seconds: 25 more take 30.
  expect(text()).toBe('explaining: 15 of 40, 30 s left\n');
  progress.update(40);
  progress.stop();
  expect(text()).toBe('explaining: 40 of 40\n');
});

it('stopped early, it says where', () => {
  const { out, text } = stream(false);
  const progress = startProgress('explaining', 4, 0, out);
  progress.update(2);
  progress.stop();
  expect(text()).toBe('explaining: stopped at 2 of 4\n');
});

it('on a terminal it is a bar, and a note keeps a line of its own', () => {
  const { out, text } = stream(true);
  const progress = startProgress('explaining', 4, 0, out);
  progress.update(2);
  progress.note('left out: bad.png');
  progress.update(4);
  progress.stop();
  const written = text();
  expect(written).toContain('4 of 4');
  expect(written).toContain('left out: bad.png\n');
});

it('durations are said as people say them', () => {
  expect([0.4, 45, 200, 3900].map(duration)).toEqual(['0 s', '45 s', '3 min 20 s', '1 h 5 min']);
});
