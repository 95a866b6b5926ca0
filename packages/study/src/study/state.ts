/**
 * What a study has done so far: one line of JSON an image, appended when its batch is finished.
 *
 * A line's key is a hash of everything its numbers depend on, so a study that was stopped, changed or extended takes up
 * exactly what still holds, and its results never depend on its history.
 */
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SaliencyError } from '@regional-saliency/core';
import { z } from 'zod';
import { writeWhole } from '../files';

/** The region's pixels, and its score by every aggregation (null is missing): which one a study reads costs nothing to change. */
const score = z.tuple([z.number(), z.record(z.string(), z.number().nullable())]);

const explained = z.object({
  key: z.string(),
  target: z.number().nullable(),
  predicted: z.number().nullable(),
  output: z.number().nullable(),
  /** For each method, for each region. */
  scores: z.record(z.string(), z.record(z.string(), score)),
  /** Of regions that an algorithm found. */
  confidence: z.record(z.string(), z.number()).optional(),
  /** For each method, for each region: z and p beside its shape at random places. */
  nulls: z
    .record(z.string(), z.record(z.string(), z.tuple([z.number().nullable(), z.number().nullable()])))
    .optional(),
});

const leftOut = z.object({ key: z.string(), reason: z.string() });

export type Explained = z.infer<typeof explained>;
export type Record = Explained | z.infer<typeof leftOut>;

export function isLeftOut(record: Record): record is z.infer<typeof leftOut> {
  return 'reason' in record;
}

export interface State {
  get(key: string): Record | undefined;
  /** Adds finished images, durably. */
  append(records: readonly Record[]): Promise<void>;
  /** Keeps only the given records, in their order. */
  settle(records: readonly Record[]): Promise<void>;
}

/** Opens the state file, or begins one. A last line that was cut off when the program died is dropped. */
export async function openState(path: string): Promise<State> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    if (cause.code === 'ENOENT') return '';
    throw new SaliencyError('bad-file', `${path} can't be read: ${cause.message}`, { cause });
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
  const records = new Map<string, Record>();
  for (const line of whole.split('\n')) {
    const record = read(line);
    if (record) records.set(record.key, record);
  }
  return {
    get: (key) => records.get(key),
    async append(added) {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, lines(added), { flush: true });
      for (const record of added) records.set(record.key, record);
    },
    settle: (kept) => writeWhole(path, lines(kept)),
  };
}

const lines = (records: readonly Record[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A line that is no record of this version is as if it were not there: its image is explained again. */
function read(line: string): Record | undefined {
  if (line === '') return undefined;
  try {
    return z.union([explained, leftOut]).parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
