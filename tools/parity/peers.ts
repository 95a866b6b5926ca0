/** The peers' side: starts truths/main.py and reads what it says, line by line. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MethodOptions } from '@regional-saliency/methods';
import { peersPython, withLxt } from '../reference/python';

const script = fileURLToPath(new URL('./truths/main.py', import.meta.url));

/** What the peers made of one method on one network. */
export interface Cell {
  readonly method: string;
  readonly options: MethodOptions;
  /** Footnotes; with a minus in front, why there is no truth. */
  readonly note: string;
  /** Files of float64 and float32 maps. */
  readonly truth: string;
  readonly peer: string;
  readonly shape: readonly number[];
  readonly draws: Readonly<Record<string, { readonly file: string; readonly shape: readonly number[] }>>;
  readonly seconds: number;
  /** Why the peer failed. */
  readonly error?: string;
}

export interface Network {
  readonly network: string;
  readonly model: string;
  readonly pixels: string;
  readonly shape: readonly number[];
  readonly layer: string;
  readonly targets: readonly number[];
  readonly cells: Cell[];
}

/** A network as it is done; the next is worked on meanwhile. */
export async function* askPeers(request: string, cache: string): AsyncGenerator<Network> {
  const child = spawn(peersPython(), ['-W', 'ignore', script, request], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...withLxt() },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let network: Network | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (said.done) {
      yield network!;
    } else if (said.cell) {
      const { cell, network: name, ...rest } = said;
      const draws = Object.fromEntries(
        Object.entries((rest.draws ?? {}) as Cell['draws']).map(([key, { file, shape }]) => [
          key,
          { file: `${cache}${file}`, shape },
        ]),
      );
      network!.cells.push({
        ...rest,
        method: cell,
        draws,
        truth: `${cache}${rest.truth}`,
        peer: `${cache}${rest.peer}`,
      });
      process.stderr.write(`  peers: ${name} ${cell} ${rest.seconds ?? 0} s\x1b[K\r`);
    } else network = { ...said, cells: [] };
  }
  if ((await ended) !== 0) throw new Error("the peers' Python stopped with an error");
}
