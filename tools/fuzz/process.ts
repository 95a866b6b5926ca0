/**
 * The process in which inputs are tried: it answers each message (bytes) with what came of them. A process that does not
 * answer is ended by the one that started it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { attempt, type Outcome } from './attempt';

export interface Answer extends Outcome {
  readonly ms: number;
  /** Bytes by which the process grew at most; undefined where the system does not tell. */
  readonly memory: number | undefined;
}

/** The process's memory in bytes: at present (`VmRSS`), or at its peak since the peak was forgotten (`VmHWM`). */
function resident(key: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const line = new RegExp(`${key}:\\s*(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'));
    return line ? Number(line[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not on this system: the memory is then not measured.
  }
}

/** What the last input left behind is not the next one's. */
let grown = Number.POSITIVE_INFINITY;

function answer(bytes: Uint8Array): Answer {
  if (grown > 1e6) globalThis.gc?.();
  forgetPeak();
  const before = resident('VmRSS');
  const start = performance.now();
  const result = attempt(bytes);
  const ms = performance.now() - start;
  const peak = resident('VmHWM');
  const memory = before === undefined || peak === undefined ? undefined : Math.max(0, peak - before);
  grown = memory ?? 0;
  return { ...result, ms, memory };
}

process.on('message', (bytes: Uint8Array) => process.send!(answer(new Uint8Array(bytes))));
process.send!('ready');
