/** What an entry of the regions of a study file is, and how it reads its files. */
import { SaliencyError } from '@regional-saliency/core';
import type { ImageInfo, Region } from '../region';
import type { Fields } from './fields';

export type ReadFile = (path: string) => Promise<Uint8Array>;

/** Makes an entry's regions for an image; `earlier` are the regions of the entries before it. */
export type Build = (
  image: ImageInfo,
  earlier: readonly Region[],
) => readonly Region[] | Promise<readonly Region[]>;

export interface Context {
  readonly read: ReadFile;
  /** Reads an entry inside this one. */
  parse(value: unknown, where: string): Promise<Build>;
}

export type EntryType = (entry: Fields, context: Context) => Build | Promise<Build>;

/** A file that serves every image is read at once; one with `{image}` in its path, image by image. */
export async function perImage(path: string, load: (file: string) => Promise<Build>): Promise<Build> {
  if (!path.includes('{image}')) return load(path);
  return async (image, earlier) => (await load(path.replaceAll('{image}', image.name)))(image, earlier);
}

/** @throws SaliencyError `bad-file` that names the file and says why it can't be read */
export async function bytesOf(source: string, file: string, read: ReadFile): Promise<Uint8Array> {
  try {
    return await read(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SaliencyError('bad-file', `${source} can't be read: ${reason}`, { cause });
  }
}

/**
 * @param holds what the JSON is for, as the end of a sentence
 * @throws SaliencyError `bad-file` where the bytes are not JSON
 */
export function jsonOf(source: string, bytes: Uint8Array, holds: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SaliencyError('bad-file', `${source} is not JSON: it holds ${holds}`, { cause });
  }
}
