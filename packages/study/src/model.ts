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

/** Shapes of inputs whose height or width the file leaves open, by name: `{ input: ['N', 3, 224, 224] }`. */
export type InputShapes = Readonly<Record<string, readonly (number | 'N')[]>>;

/** Reads an ONNX model and its external data. @throws SaliencyError that names the file */
export async function readModel(path: string, shapes: InputShapes = {}): Promise<ModelFile> {
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
    return { graph: readOnnx(bytes, { external, shapes }), sha256: sha256(bytes), bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError(error.code, `${basename(path)}: ${atPrompt(error.message)}`, { cause: error });
  }
}

/** The cure for an open shape as it is written on the command line, not in code. */
function atPrompt(message: string): string {
  return message.replace(
    /as in shapes: \{ ("(.*?)": \[(.*?)\]) \}/,
    (_, entry: string, name: string, dims: string) => {
      const option = `--shape ${name}=${dims.replace(/['\s]/g, '')}`;
      return `as in ${option} (in a study file "shapes": { ${entry.replaceAll("'", '"')} })`;
    },
  );
}
