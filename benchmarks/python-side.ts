/** A peer in Python as a child process that runs when asked, so that both sides can take turns. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { peersPython } from '../tools/reference/python';
import type { Contender } from './measure';

export interface PythonSide {
  readonly versions: Readonly<Record<string, string | number>>;
  contender(name: string, what: string, batch: number): Contender;
  /** Milliseconds of processor time that the process had used after its last timed run. */
  processor(): number;
  close(): void;
}

/**
 * @param script of this folder; it answers one JSON request a line, as torch_side.py says
 * @throws Error where there is no Python, or it lacks a package
 */
export async function startPythonSide(script: string, args: readonly string[]): Promise<PythonSide> {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const child = spawn(peersPython(), ['-W', 'ignore', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  const ask = async (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error('the Python process ended; what it said is above');
    return JSON.parse(value);
  };
  let used = 0;
  return {
    versions: await ask({ ask: 'versions' }),
    contender: (name, what, batch) => ({
      name,
      time: async (count, warm) => {
        const { times, processor } = await ask({ ask: 'time', what, batch, count, warm });
        used = processor;
        return times;
      },
      result: async () => {
        const { values } = await ask({ ask: 'result', what, batch });
        return new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
      },
    }),
    processor: () => used,
    close: () => child.stdin.end(),
  };
}
