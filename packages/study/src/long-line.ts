/**
 * Command lines too long for onnxruntime: 1.30 for Linux reads /proc/self/cmdline as it starts and crashes at about 27 kB
 * of it, which a few hundred names of images reach. Such a line is run again by a process that is handed its arguments
 * as a message.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Of characters: far below the crash, which depends on the stack's size. */
const LONG = 8_000;

const MARK = 'REGIONAL_SALIENCY_ARGUMENTS_FOLLOW';

/** The program's arguments where another process follows with them, else as given. */
export async function receivedArguments(given: readonly string[]): Promise<readonly string[]> {
  if (process.env[MARK] === undefined || !process.channel) return given;
  delete process.env[MARK];
  const [received] = (await once(process, 'message')) as [readonly string[]];
  process.disconnect();
  return received;
}

export function isLong(line: readonly string[]): boolean {
  return process.platform === 'linux' && line.reduce((sum, word) => sum + word.length + 1, 0) > LONG;
}

/** Runs this program again with a short command line. @returns its exit code */
export async function runShortened(args: readonly string[]): Promise<number> {
  const child = fork(process.argv[1]!, [], { env: { ...process.env, [MARK]: '1' } });
  // Ctrl-C reaches both: the other one ends as it should, and this one with it.
  const wait = () => undefined;
  const pass = () => child.kill('SIGTERM');
  process.on('SIGINT', wait);
  process.on('SIGTERM', pass);
  child.send(args);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', wait);
  process.off('SIGTERM', pass);
  return code ?? 1;
}
