/** The viewer as the text of one script, which the report carries so that it needs no other file. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SaliencyError } from '@regional-saliency/core';

/** @throws SaliencyError `bad-file` where the viewer's package is not whole */
export async function viewerScript(): Promise<string> {
  const built = new URL(import.meta.resolve('@regional-saliency/viewer/saliency-viewer.js'));
  // A checkout may have no build of it, or an old one: there it is made of the sources, by whatever runs TypeScript.
  const maker = new URL('../bundle.ts', built);
  const made = existsSync(maker) ? await import(maker.href).catch(() => undefined) : undefined;
  if (made) return await made.bundle('saliency-viewer');
  return await readFile(built, 'utf8').catch((cause) => {
    const message = `the report's viewer is missing: @regional-saliency/viewer lacks ${built.pathname}; install it anew`;
    throw new SaliencyError('bad-file', message, { cause });
  });
}
