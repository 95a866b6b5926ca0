/**
 * The lung fields' network (tools/lungs/train.py), loaded once for each backend.
 *
 * `image` [N, 1, 192, 192] in 0..1 → `fields`, logits of (rest, right lung, left lung) [N, 3, 192, 192], and
 * `frontal`, the logit of a frontal chest X-ray [N, 1].
 */
import { type Backend, SaliencyError, type Session } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';

/** Height and width that the network works at. */
export const side = 192;

const loaded = new WeakMap<Backend, Promise<Session>>();

/** @param file the bytes of models/lungs.onnx, where they can't be found beside this package */
export function lungNetwork(backend: Backend, file?: Uint8Array): Promise<Session> {
  const known = loaded.get(backend);
  if (known) return known;
  const session = load(backend, file);
  loaded.set(backend, session);
  // A failed load may succeed with other bytes or once the page is online again.
  session.catch(() => loaded.delete(backend));
  return session;
}

async function load(backend: Backend, file?: Uint8Array): Promise<Session> {
  return backend.load(readOnnx(file ?? (await lungNetworkFile())));
}

/** The bytes of models/lungs.onnx, read from beside this package. @throws SaliencyError `bad-file` where it is not there */
export async function lungNetworkFile(): Promise<Uint8Array> {
  const url = new URL('../models/lungs.onnx', import.meta.url);
  try {
    if (url.protocol === 'file:') return await readFile(url);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SaliencyError(
      'bad-file',
      `the lung fields' network can't be read (${reason}): give its bytes as model`,
      { cause },
    );
  }
}

/** A name that bundlers of pages do not follow: in a page, no URL is a file's. */
const fileSystem = 'node:fs/promises';

async function readFile(url: URL): Promise<Uint8Array> {
  const fs: typeof import('node:fs/promises') = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ fileSystem
  );
  return fs.readFile(url);
}
