/** How well a map is conditioned: how far float64 moves it when weights and image change by less than float32 rounds them. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peersPython } from '../reference/python';
import type { Cell } from './peers';

const script = fileURLToPath(new URL('./truths/conditioning.py', import.meta.url));

/** A network as the peers are asked for it. */
export interface Asked {
  readonly name: string;
  readonly size: number;
  readonly images: number | readonly string[];
  readonly model: string | undefined;
}

/** For each change that was drawn, how far the map and its sum moved. */
export interface Conditioning {
  readonly errors: readonly number[];
  readonly sums: readonly number[];
}

/** @param cache where results are kept by hash, as truths are */
export function conditioningOf(cache: string, asked: Asked, cell: Cell, image: number): Conditioning {
  const request = `${cache}conditioning-${process.pid}.json`;
  writeFileSync(request, JSON.stringify({ cache, network: asked, cell, image }));
  try {
    return JSON.parse(
      execFileSync(peersPython(), ['-W', 'ignore', script, request], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
  } finally {
    rmSync(request);
  }
}
