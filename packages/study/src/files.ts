/**
 * Files that are whole or not there: what is written goes to a temporary name first and is renamed when complete.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SaliencyError } from '@regional-saliency/core';

/** Writes a file, making its folder if needed. @throws SaliencyError `bad-file` naming the path */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new SaliencyError('bad-file', `${path} can't be written: ${(cause as Error).message}`, { cause });
  }
}

/** Reads a file. @throws SaliencyError `bad-file` naming it */
export async function readWhole(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === 'ENOENT') throw new SaliencyError('bad-file', `${what} ${path} does not exist`, { cause });
    if (code === 'EISDIR') {
      throw new SaliencyError('bad-file', `${what} ${path} is a folder, not a file`, { cause });
    }
    throw new SaliencyError('bad-file', `${what} ${path} can't be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
