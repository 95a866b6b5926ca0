/** What figures depend on: the processor, versions, and what else the machine was doing. */
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    versions: Object.fromEntries(
      ['onnxruntime-node', '@tensorflow/tfjs-core', '@tensorflow/tfjs-node'].map((name) => [
        name,
        versionOf(name),
      ]),
    ),
  };
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}

/** Processor time of the whole machine in milliseconds: spent working, and in all. */
function processorTimes(): { busy: number; all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    all += working + times.idle;
  }
  return { busy, all };
}

/**
 * Starts watching the machine. The function it gives says which share of all processor time since then others took.
 *
 * @param own milliseconds that our child processes used, to be counted as ours
 */
export function watchOthers(): (own: number) => number {
  const before = processorTimes();
  const usage = process.cpuUsage();
  return (own) => {
    const now = processorTimes();
    const { user, system } = process.cpuUsage(usage);
    const others = now.busy - before.busy - (user + system) / 1e3 - own;
    return Math.max(0, others / (now.all - before.all));
  };
}
