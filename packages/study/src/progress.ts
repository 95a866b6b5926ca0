/**
 * Progress on standard error: a bar with the time left on a terminal, a plain line now and then elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** So much of the total is finished, parts of one included. */
  update(done: number): void;
  /** A line of its own, above the bar where there is one. */
  note(text: string): void;
  stop(): void;
}

/** What is being done, to what: `explaining`, `maps`. */
export interface Work {
  readonly what: string;
  readonly unit: string;
  readonly total: number;
  /** Finished before. */
  readonly already?: number | undefined;
}

/** Seconds between the lines where there is no terminal. */
const PAUSE = 5;

export function startProgress(work: Work, out: NodeJS.WriteStream = process.stderr): Progress {
  if (out.isTTY) return bar(work, out);
  const { what, unit, total, already = 0 } = work;
  const left = timeLeft(work);
  let last = performance.now();
  let reached = already;
  return {
    update(done) {
      if (reached === total) return;
      reached = done;
      const now = performance.now();
      if (done < total && now - last < PAUSE * 1000) return;
      last = now;
      out.write(`${what}: ${whole(done)} of ${total} ${unit}${done < total ? `, ${left(done)} left` : ''}\n`);
    },
    note: (text) => void out.write(`${text}\n`),
    stop() {
      if (reached < total) out.write(`${what}: stopped at ${whole(reached)} of ${total} ${unit}\n`);
    },
  };
}

/** Progress of work that is over in a moment, usually: it shows from the first news after a second. */
export function startPatiently(work: Work, out?: NodeJS.WriteStream): Progress {
  const start = performance.now();
  let shown: Progress | undefined;
  return {
    update(done) {
      if (!shown && done < work.total && performance.now() - start > 1000) shown = startProgress(work, out);
      shown?.update(done);
    },
    note: (text) => void shown?.note(text),
    stop: () => shown?.stop(),
  };
}

function bar(work: Work, out: NodeJS.WriteStream): Progress {
  const { what, unit, total, already = 0 } = work;
  const single = new SingleBar(
    {
      stream: out,
      format: `${what} {bar} {done} of {total} ${unit}, {left} left`,
      barsize: 28,
      hideCursor: true,
      gracefulExit: false,
    },
    Presets.rect,
  );
  const left = timeLeft(work);
  single.start(total, already, { done: already, left: '…' });
  return {
    update: (done) => single.update(done, { done: whole(done), left: left(done) }),
    note(text) {
      // The bar's line is cleared, the note written, and the bar drawn again below it.
      out.write(`\r\u001b[K${text}\n`);
      single.render();
    },
    stop: () => single.stop(),
  };
}

/** What is finished as a whole, whatever rounding left of it. */
const whole = (done: number) => Math.floor(done + 1e-6);

/**
 * The time left by the mean of all that was done: methods differ in what they take, so what was done last says little of what
 * comes.
 */
function timeLeft({ total, already = 0 }: Work): (done: number) => string {
  const start = performance.now();
  return (done) => {
    const seconds = (performance.now() - start) / 1000;
    return done > already ? duration((seconds / (done - already)) * (total - done)) : '…';
  };
}

/** `45 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
