/** Model files that were dropped together: an .onnx with what lies beside it, or a tfjs model.json with its shards. */
import { type Graph, nodesOf, SaliencyError, type Value } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { readGraphModel, readLayersModel, readWeights } from '@regional-saliency/tfjs';

export interface ModelInfo {
  readonly name: string;
  readonly sha256: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Scores that it gives an image; 0 where its output is no list of scores. */
  readonly classes: number;
  /** Names of layers with places left, first to last: those that class activation maps are made of. */
  readonly layers: readonly string[];
}

type Shapes = Readonly<Record<string, readonly (number | 'N')[]>>;

/** @throws SaliencyError that names the file */
export async function readModel(
  files: readonly File[],
  size: number,
): Promise<{ graph: Graph; info: ModelInfo }> {
  const main =
    files.find(({ name }) => /\.onnx$/i.test(name)) ??
    files.find(({ name }) => name.toLowerCase() === 'model.json') ??
    files.find(({ name }) => /\.json$/i.test(name));
  if (!main) {
    const names = files.map(({ name }) => name).join(', ');
    throw new SaliencyError(
      'bad-file',
      `${names} is no model: drop an .onnx file, or a model.json together with its shards`,
    );
  }
  const bytesOf = new Map<string, Uint8Array>();
  for (const file of files) bytesOf.set(file.name, new Uint8Array(await file.arrayBuffer()));
  const beside = (path: string) => {
    const bytes = bytesOf.get(path.split('/').at(-1)!);
    if (bytes) return bytes;
    throw new SaliencyError(
      'bad-file',
      `its weights file ${path} is missing: drop it together with ${main.name}`,
    );
  };
  const bytes = bytesOf.get(main.name)!;
  const read = (shapes?: Shapes) =>
    /\.json$/i.test(main.name)
      ? readTfjs(bytes, beside, shapes)
      : readOnnx(bytes, { external: beside, ...(shapes && { shapes }) });
  try {
    let graph: Graph;
    try {
      graph = read();
    } catch (error) {
      const shapes = openShapes(error, size);
      if (!shapes) throw error;
      graph = read(shapes);
    }
    return { graph, info: { name: main.name, sha256: await sha256(bytes), ...infoOf(graph) } };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError(error.code, `${main.name}: ${error.message}`, { cause: error });
  }
}

function readTfjs(bytes: Uint8Array, beside: (path: string) => Uint8Array, shapes?: Shapes): Graph {
  let json: { format?: unknown; modelTopology?: { node?: unknown }; weightsManifest?: unknown };
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof json !== 'object' || json === null) throw new Error('no object');
  } catch (cause) {
    throw new SaliencyError('bad-file', 'it is no tfjs model: a model.json is one JSON object', { cause });
  }
  const weights = readWeights(json.weightsManifest, beside);
  // Early converters wrote no format.
  const isGraph = json.format === 'graph-model' || (!json.format && json.modelTopology?.node !== undefined);
  return (isGraph ? readGraphModel : readLayersModel)({ json, weights }, { ...(shapes && { shapes }) });
}

/** The shape to give where the file leaves height and width open, from the example that the error shows. */
function openShapes(error: unknown, size: number): Shapes | undefined {
  const [, name, example] = /as in shapes: \{ "(.*?)": \[(.*?)\] \}/.exec((error as Error).message) ?? [];
  if (name === undefined) return undefined;
  const shape = example!.split(',').map((dim) => (dim.includes('N') ? ('N' as const) : Number(dim)));
  // Channels are few, and first or last.
  const isSide = (axis: number) => (Number(shape[1]) <= 4 ? axis >= 2 : axis === 1 || axis === 2);
  return { [name]: shape.map((dim, axis) => (dim === 'N' || !isSide(axis) ? dim : size)) };
}

function infoOf(graph: Graph): Omit<ModelInfo, 'name' | 'sha256'> {
  const [, channels, height, width] = graph.inputs[0]?.shape ?? [];
  if (
    typeof channels !== 'number' ||
    typeof height !== 'number' ||
    typeof width !== 'number' ||
    ![1, 3].includes(channels)
  ) {
    throw new SaliencyError(
      'unsupported',
      'its input is no image of 1 or 3 channels: this page explains models of images',
    );
  }
  const [output] = Object.values(graph.outputs);
  const classes = output?.shape.length === 2 && typeof output.shape[1] === 'number' ? output.shape[1] : 0;
  const namesOf = new Map<Value, string[]>();
  for (const [name, value] of graph.names) namesOf.set(value, [...(namesOf.get(value) ?? []), name]);
  const layers = nodesOf(graph).flatMap((node) => {
    const value = node.outputs[0]!;
    const [, , ...places] = value.shape;
    if (value.shape.length !== 4 || !places.every((size) => typeof size === 'number' && size > 1)) return [];
    const names = namesOf.get(value) ?? [];
    // PyTorch's scopes first, then the node's path, then the tensor.
    const rank = (name: string) => (name === value.name ? 2 : name === node.name ? 1 : 0);
    return names.sort((a, b) => rank(a) - rank(b) || a.length - b.length).slice(0, 1);
  });
  return { channels, height, width, classes, layers: [...new Set(layers)] };
}

/** Empty where the page's address is not a secure one, which browsers demand for hashes. */
async function sha256(bytes: Uint8Array): Promise<string> {
  if (!globalThis.crypto.subtle) return '';
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
