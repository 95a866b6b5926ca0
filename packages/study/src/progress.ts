/**
 * Progress on standard error: a bar with the time left on a terminal, a plain line now and then elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `done` of the total are finished. */
  update(done: number): void;
  /** A line of its own, above the bar where there is one. */
  note(text: string): void;
  stop(): void;
}

/** Seconds between the lines where there is no terminal. */
const PAUSE = 5;

export function startProgress(
  what: string,
  total: number,
  already = 0,
  out: NodeJS.WriteStream = process.stderr,
): Progress {
  if (out.isTTY) return bar(what, total, already, out);
  const start = performance.now();
  let last = start;
  let reached = already;
  return {
    update(done) {
      reached = done;
      const now = performance.now();
      if (done < total && now - last < PAUSE * 1000) return;
      last = now;
      const left = ((now - start) / Math.max(1, done - already)) * (total - done);
      out.write(`${what}: ${done} of ${total}${done < total ? `, ${duration(left / 1000)} left` : ''}\n`);
    },
    note: (text) => void out.write(`${text}\n`),
    stop() {
      if (reached < total) out.write(`${what}: stopped at ${reached} of ${total}\n`);
    },
  };
}

function bar(what: string, total: number, already: number, out: NodeJS.WriteStream): Progress {
  const single = new SingleBar(
    {
      stream: out,
      format: `${what} {bar} {value} of {total}, {eta_formatted} left`,
      barsize: 28,
      hideCursor: true,
      etaBuffer: 40,
      gracefulExit: false,
    },
    Presets.rect,
  );
  single.start(total, already);
  return {
    update: (done) => single.update(done),
    note(text) {
      // The bar's line is cleared, the note written, and the bar drawn again below it.
      out.write(`\r\u001b[K${text}\n`);
      single.render();
    },
    stop: () => single.stop(),
  };
}

/** `45 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
