/**
 * `pnpm fuzz`: damaged model files against the readers, for as long as wanted.
 *
 *     pnpm fuzz [--minutes 5] [--seed today's date] [--only residual]
 *
 * Prints inputs, crashes, the slowest and the largest in memory. Inputs that broke a rule are saved as tests.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Input, makeInputs } from './inputs';
import type { Answer } from './process';
import { seeds } from './seeds';
import { tfjsSeeds } from './tfjs-seeds';

/** What reading a file may take. */
const TIME = 10_000;
const memoryFor = (bytes: number) => 4 * bytes + 100e6;

const crashes = new URL('./crashes/', import.meta.url);

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    only: { type: 'string', default: '' },
  },
});

/** A process that is ready: starting is not the reader's time. */
async function startProcess(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** One process at a time; it is ended and replaced where it hangs or dies. */
class Processes {
  private current: ChildProcess | undefined;

  async try(bytes: Uint8Array): Promise<Answer | 'hung' | 'died'> {
    this.current ??= await startProcess();
    const process = this.current;
    return new Promise((resolve) => {
      const finish = (result: Answer | 'hung' | 'died') => {
        clearTimeout(timer);
        process.removeAllListeners();
        if (typeof result === 'string') this.end();
        resolve(result);
      };
      // The way there and back is not the reader's time; its own is looked at in the answer.
      const timer = setTimeout(() => finish('hung'), TIME + 5_000);
      process.once('message', (answer: Answer) => finish(answer));
      process.once('exit', () => finish('died'));
      process.send(bytes);
    });
  }

  end(): void {
    this.current?.kill('SIGKILL');
    this.current = undefined;
  }
}

/** Why an input is saved; undefined where all is well. */
function brokenRule(input: Input, answer: Answer | 'hung' | 'died'): string | undefined {
  if (answer === 'hung') return `no answer within ${TIME / 1000} s`;
  if (answer === 'died') return 'the process died';
  if (answer.outcome === 'crashed') return `${answer.stage}: ${answer.error}`;
  if (answer.ms > TIME) return `${answer.stage}: ${(answer.ms / 1000).toFixed(1)} s`;
  if ((answer.memory ?? 0) > memoryFor(input.bytes.length)) {
    return `${answer.stage}: ${megabytes(answer.memory!)} of memory for a file of ${megabytes(input.bytes.length)}`;
  }
  return undefined;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function save({ bytes, from }: Input): string {
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${from.startsWith('tfjs/') ? 'json' : 'onnx'}`;
  mkdirSync(crashes, { recursive: true });
  writeFileSync(new URL(name, crashes), bytes);
  return name;
}

const sources = [...seeds(), ...(await tfjsSeeds())].filter(({ name }) => name.includes(given.only));
const inputOf = makeInputs(sources, given.seed);
const processes = new Processes();
const counts = { graph: 0, refused: 0, broken: 0 };
/** One input is kept for each rule broken in one way. */
const known = new Set<string>();
let slowest = { ms: 0, from: '' };
let largest = { share: 0, memory: 0, size: 0, from: '' };
const end = Date.now() + Number(given.minutes) * 60_000;
let reported = Date.now();
let index = 0;

function report(): void {
  const { graph, refused, broken } = counts;
  console.log(
    `${index} inputs of ${sources.length} files: ${graph} graphs, ${refused} refused, ${broken} broken (${known.size} kinds)`,
    `\n  slowest ${slowest.ms.toFixed(0)} ms (${slowest.from})`,
    `\n  largest ${megabytes(largest.memory)} for ${megabytes(largest.size)}, ${(100 * largest.share).toFixed(0)} % of what is allowed (${largest.from})`,
  );
}

for (; Date.now() < end; index++) {
  const input = inputOf(index);
  const answer = await processes.try(input.bytes);
  const broken = brokenRule(input, answer);
  if (broken) {
    counts.broken++;
    const kind = broken.replace(/\d+/g, '#').split('\n').slice(0, 3).join('\n');
    if (!known.has(kind)) console.log(`input ${index} (${input.from}): ${broken}\n  saved as ${save(input)}`);
    known.add(kind);
  }
  if (typeof answer !== 'string') {
    if (answer.outcome !== 'crashed' && !broken) counts[answer.outcome]++;
    if (answer.ms > slowest.ms) slowest = { ms: answer.ms, from: input.from };
    const share = (answer.memory ?? 0) / memoryFor(input.bytes.length);
    if (share > largest.share)
      largest = { share, memory: answer.memory!, size: input.bytes.length, from: input.from };
  }
  if (Date.now() - reported > 60_000) {
    reported = Date.now();
    report();
  }
}
processes.end();
report();
process.exitCode = counts.broken > 0 ? 1 : 0;
