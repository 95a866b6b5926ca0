import { PassThrough } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { duration, startPatiently, startProgress } from '../src/progress';

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
  const progress = startProgress({ what: 'explaining', unit: 'maps', total: 40, already: 10 }, out);
  vi.advanceTimersByTime(3000);
  progress.update(12);
  expect(text()).toBe('');
  vi.advanceTimersByTime(3000);
  progress.update(15);
  // 5 maps in 6 seconds: 25 more take 30.
  expect(text()).toBe('explaining: 15 of 40 maps, 30 s left\n');
  progress.update(40);
  progress.update(40);
  progress.stop();
  expect(text()).toBe('explaining: 40 of 40 maps\n');
});

it('stopped early, it says where', () => {
  const { out, text } = stream(false);
  const progress = startProgress({ what: 'explaining', unit: 'maps', total: 4, already: 0 }, out);
  progress.update(2);
  progress.stop();
  expect(text()).toBe('explaining: stopped at 2 of 4 maps\n');
});

it('on a terminal it is a bar, and a note keeps a line of its own', () => {
  const { out, text } = stream(true);
  const progress = startProgress({ what: 'explaining', unit: 'maps', total: 4, already: 0 }, out);
  progress.update(2);
  progress.note('left out: bad.png');
  progress.update(4);
  progress.stop();
  const written = text();
  expect(written).toMatch(/2 of 4 maps, \d+ s left/);
  expect(written).toContain('4 of 4 maps');
  expect(written).toContain('left out: bad.png\n');
});

it('a part of a map moves it and the time left, and is not counted as one', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { out, text } = stream(false);
  const progress = startProgress({ what: 'explaining', unit: 'maps', total: 4 }, out);
  vi.advanceTimersByTime(6000);
  progress.update(1.5);
  expect(text()).toBe('explaining: 1 of 4 maps, 10 s left\n');
});

it('patient progress keeps quiet about what is over within a second', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { out, text } = stream(true);
  const quick = startPatiently({ what: 'explaining', unit: 'images', total: 2 }, out);
  quick.update(1);
  vi.advanceTimersByTime(2000);
  quick.update(2);
  quick.stop();
  expect(text()).toBe('');
  const slow = startPatiently({ what: 'explaining', unit: 'images', total: 2 }, out);
  vi.advanceTimersByTime(2000);
  slow.update(0.5);
  slow.stop();
  expect(text()).toContain('0 of 2 images');
});

it('durations are said as people say them', () => {
  expect([0.4, 45, 200, 3900].map(duration)).toEqual(['0 s', '45 s', '3 min 20 s', '1 h 5 min']);
});
