/** Model files, read with what lies beside them, and the hash that tells them apart. */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { type Graph, layer, nodesBehind, SaliencyError, type Value } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { readWhole, sha256 } from './files';

export interface ModelFile {
  readonly graph: Graph;
  readonly sha256: string;
  readonly bytes: number;
}

/** Shapes of inputs whose height or width the file leaves open, by name: `{ input: ['N', 3, 224, 224] }`. */
export type InputShapes = Readonly<Record<string, readonly (number | 'N')[]>>;

export interface ModelOptions {
  readonly shapes?: InputShapes | undefined;
  /** Names of layers, as `--layer` takes them, that become the outputs; what only leads to others is left out. */
  readonly outputs?: readonly string[] | undefined;
}

/**
 * Reads a model with the files of weights that lie beside it: ONNX, or a tfjs model.json, GraphModel or LayersModel.
 *
 * @throws SaliencyError that names the file
 */
export async function readModel(
  path: string,
  { shapes = {}, outputs }: ModelOptions = {},
): Promise<ModelFile> {
  const bytes = await readWhole(path, 'the model');
  const beside = (location: string) => {
    try {
      return new Uint8Array(readFileSync(insideFolder(dirname(path), location)));
    } catch (cause) {
      if (cause instanceof SaliencyError) throw cause;
      throw new SaliencyError('bad-file', `its weights file ${location} can't be read from the same folder`, {
        cause,
      });
    }
  };
  try {
    if (path.toLowerCase().endsWith('.json')) {
      const read = await readTfjs(bytes, beside, shapes);
      return { ...read, graph: cutAt(read.graph, outputs) };
    }
    return {
      graph: onnxUpTo(outputs, (only) => readOnnx(bytes, { external: beside, shapes, ...only })),
      sha256: sha256(bytes),
      bytes: bytes.length,
    };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError(error.code, `${basename(path)}: ${atPrompt(error.message)}`, { cause: error });
  }
}

/** An ONNX file that can't be read as a whole (operators at its end) is read up to the outputs, by the names of its tensors. */
function onnxUpTo(
  outputs: readonly string[] | undefined,
  read: (only?: { outputs: readonly string[] }) => Graph,
): Graph {
  let whole: Graph;
  try {
    whole = read();
  } catch (error) {
    if (!outputs || !(error instanceof SaliencyError)) throw error;
    return read({ outputs });
  }
  return cutAt(whole, outputs);
}

/** The graph up to the named layers. @throws SaliencyError `unknown-name`, with the nearest names */
function cutAt(graph: Graph, names: readonly string[] | undefined): Graph {
  if (!names) return graph;
  const outputs = Object.fromEntries(names.map((name) => [name, layer(graph, name)]));
  const kept = new Set<Value | undefined>(graph.inputs);
  for (const node of nodesBehind(Object.values(outputs)))
    for (const value of [...node.inputs, ...node.outputs]) kept.add(value);
  return { ...graph, outputs, names: new Map([...graph.names].filter(([, value]) => kept.has(value))) };
}

/** What tells one kind of model.json from the other. */
interface ModelJson {
  readonly format?: unknown;
  readonly modelTopology?: { readonly node?: unknown } | null;
  readonly weightsManifest?: unknown;
}

/** A model.json says little of the model: the hash is that of its weights, too. */
async function readTfjs(
  bytes: Uint8Array,
  beside: (location: string) => Uint8Array,
  shapes: InputShapes,
): Promise<ModelFile> {
  // Loaded only for such models, as tfjs itself is.
  const { readGraphModel, readLayersModel, readWeights } = await import('@regional-saliency/tfjs');
  const json = parsed(bytes);
  const hashes = [sha256(bytes)];
  let total = bytes.length;
  const weights = readWeights(json.weightsManifest, (shard) => {
    const part = beside(shard);
    hashes.push(sha256(part));
    total += part.length;
    return part;
  });
  // Early converters wrote no format.
  const isGraph = json.format === 'graph-model' || (!json.format && json.modelTopology?.node !== undefined);
  const graph = (isGraph ? readGraphModel : readLayersModel)({ json, weights }, { shapes });
  return { graph, sha256: sha256(hashes.join()), bytes: total };
}

function parsed(bytes: Uint8Array): ModelJson {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // Said below.
  }
  throw new SaliencyError('bad-file', 'it is no tfjs model: a model.json is one JSON object');
}

/** The file that a location means, links followed. @throws SaliencyError where it is not in the model's folder or below */
function insideFolder(folder: string, location: string): string {
  const [root, file] = [realpathSync(folder), realpathSync(join(folder, location))];
  if (file.startsWith(root + sep)) return file;
  throw new SaliencyError(
    'bad-file',
    `its weights file ${location} is a link that leads out of the model's folder: put the file itself there`,
  );
}

/** The cures for an open shape and for operators that are not known as they are written on the command line, not in code. */
function atPrompt(message: string): string {
  return message
    .replace(/as in shapes: \{ ("(.*?)": \[(.*?)\]) \}/, (_, entry: string, name: string, dims: string) => {
      const option = `--shape ${name}=${dims.replace(/['\s]/g, '')}`;
      return `as in ${option} (in a study file "shapes": { ${entry.replaceAll("'", '"')} })`;
    })
    .replace(/read the model with outputs: (\[.*\])$/, (_, list: string) => {
      const names: string[] = JSON.parse(list);
      return `add --outputs ${names.join(',')} (in a study file "outputs": ${list})`;
    });
}
