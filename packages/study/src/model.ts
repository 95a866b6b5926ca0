/** Model files, read with what lies beside them, and the hash that tells them apart. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Graph, SaliencyError } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { readWhole, sha256 } from './files';

export interface ModelFile {
  readonly graph: Graph;
  readonly sha256: string;
  readonly bytes: number;
}

/** Reads an ONNX model and its external data. @throws SaliencyError that names the file */
export async function readModel(path: string): Promise<ModelFile> {
  const bytes = await readWhole(path, 'the model');
  const external = (location: string) => {
    try {
      return new Uint8Array(readFileSync(join(dirname(path), location)));
    } catch (cause) {
      throw new SaliencyError('bad-file', `its weights file ${location} can't be read from the same folder`, {
        cause,
      });
    }
  };
  try {
    return { graph: readOnnx(bytes, { external }), sha256: sha256(bytes), bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError(error.code, `${basename(path)}: ${error.message}`, { cause: error });
  }
}
