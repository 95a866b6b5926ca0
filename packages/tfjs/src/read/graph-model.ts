/**
 * A tfjs GraphModel (what tensorflowjs_converter makes of a SavedModel) as a graph.
 *
 * Its images have their channels last and a graph's first: the graph's input is [N, C, H, W], and between convolutions no
 * Transpose is left. Shape computations are folded over the batch N, fused operators are taken apart, a convolution on
 * phases (SpaceToBatchND) is a dilated one, and every node and name scope stays known by its name.
 */
import {
  Builder,
  type Constant,
  type Dim,
  type DType,
  type Graph,
  isBatch,
  N,
  type NodeNames,
  SaliencyError,
  type TypedArray,
  type Value,
} from '@regional-saliency/core';
import type * as tf from '@tensorflow/tfjs-core';
import { channelsLast } from './channels-last';
import { checkModel, graphModel } from './given';
import { shapeOf } from './graph/attributes';
import type { Call } from './graph/call';
import { dilations } from './graph/dilation';
import { formOf, sources } from './graph/forms';
import { reasonFor } from './graph/refused';
import {
  type Reference,
  reachable,
  readTopology,
  referenceOf,
  sortedBehind,
  type Topology,
  type TopologyNode,
} from './graph/topology';

/** A model as it lies in files. */
export interface GraphModelFiles {
  /** The parsed model.json, of format "graph-model". */
  readonly json: unknown;
  /** Its weights by name, as `readWeights` gives them. */
  readonly weights: ReadonlyMap<string, Constant>;
}

/** The members of a `tf.GraphModel` that are read here. */
export interface LiveGraphModel {
  readonly weights: Readonly<Record<string, readonly tf.Tensor[]>>;
  // biome-ignore lint/suspicious/noExplicitAny: tfjs declares a handler that has everything; it calls `save` only.
  save(handler: any): Promise<unknown>;
}

export interface ReadGraphModelOptions {
  /** Shapes of inputs whose sizes the model leaves open, as the model has them; `'N'` is the batch. */
  readonly shapes?: Readonly<Record<string, readonly (number | 'N')[]>>;
  /** Fixes a batch that the model leaves open. */
  readonly batch?: number;
}

/**
 * Reads a GraphModel, from its files or as tfjs holds it.
 *
 * Inputs and outputs are called by the keys of its signature, where it has one; those that are images, [N, H, W, C], are
 * [N, C, H, W] in the graph. The weights of a live model are shared, not copied, and stay its own: it must not be disposed of
 * before the graph's sessions.
 *
 * @throws SaliencyError `bad-file` for what is no whole and consistent model, `unsupported` with all operators that are not
 *   supported (control flow and tables among them), `unknown-name` for a name in the options that is no input, `bad-input` for
 *   what is no model
 */
export function readGraphModel(
  model: GraphModelFiles | LiveGraphModel,
  options: ReadGraphModelOptions = {},
): Graph {
  checkModel(model, graphModel);
  try {
    if ('json' in model) return read(model.json, (name) => model.weights.get(name), options);
    return read(artifactsOf(model), (name) => sharedWeight(model, name), options);
  } catch (error) {
    const code = error instanceof SaliencyError ? error.code : 'bad-file';
    const reason = error instanceof Error ? error.message : String(error);
    const message = error instanceof SaliencyError ? reason : `the model can't be read: ${reason}`;
    // A damaged file's names may hold anything; what is shown stays one line of text.
    throw new SaliencyError(code, message.replace(/\p{Cc}+/gu, '\uFFFD'), { cause: error });
  }
}

/** What a model hands out when it is saved: its topology and signature, which no other public member gives. */
function artifactsOf(model: LiveGraphModel): unknown {
  let artifacts: unknown;
  const save = (given: unknown) => {
    artifacts = given;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  };
  // tfjs calls the handler before it first waits.
  void model.save({ save });
  if (!artifacts) {
    throw new SaliencyError('bad-input', 'this tf.GraphModel does not give its topology: load it first');
  }
  return artifacts;
}

function sharedWeight(model: LiveGraphModel, name: string): Constant | undefined {
  const tensor = Object.hasOwn(model.weights, name) ? model.weights[name]?.[0] : undefined;
  if (!tensor) return undefined;
  const { dtype, shape } = tensor;
  if (dtype === 'string' || dtype === 'complex64') {
    throw new SaliencyError(
      'unsupported',
      `the weight "${name}" is of type ${dtype}: only numbers can be explained`,
    );
  }
  return { dtype: dtype as DType, shape, read: () => tensor.dataSync() as TypedArray, handle: tensor };
}

interface SignatureEntry {
  readonly key: string;
  readonly at: Reference;
  readonly shape: readonly number[] | undefined;
}

interface Artifacts {
  readonly modelTopology?: unknown;
  readonly signature?: unknown;
  readonly userDefinedMetadata?: { readonly signature?: unknown } | null;
  readonly format?: unknown;
  readonly generatedBy?: unknown;
  readonly convertedBy?: unknown;
}

function read(
  json: unknown,
  weightOf: (name: string) => Constant | undefined,
  options: ReadGraphModelOptions,
): Graph {
  const artifacts = (json ?? {}) as Artifacts;
  if (artifacts.format !== undefined && artifacts.format !== null && artifacts.format !== 'graph-model') {
    throw new SaliencyError(
      'bad-file',
      `its format is ${JSON.stringify(artifacts.format)}, not "graph-model"`,
    );
  }
  const topology = readTopology(artifacts.modelTopology);
  const signature = (artifacts.userDefinedMetadata?.signature ?? artifacts.signature ?? {}) as Record<
    string,
    unknown
  >;
  const wanted = outputsOf(topology, signature.outputs);
  refuseUnknown(
    reachable(
      topology,
      wanted.map(({ at }) => at.node),
    ),
  );
  const nodes = sortedBehind(
    topology,
    wanted.map(({ at }) => at.node),
  );

  const g = new Builder();
  const m = channelsLast(g);
  const places = dilations();
  const given = new Map(entriesOf(topology, signature.inputs).map((entry) => [entry.at.node, entry]));
  const readers = readersOf(nodes, wanted);
  const values = new Map<string, readonly Value[]>();
  const replaced = new Map<Value, Value>();
  const inputs: Value[] = [];

  const valueAt = ({ node, output }: Reference): Value => {
    const value = values.get(node)?.[output];
    if (value) return value;
    const { op } = topology.get(node)!;
    throw new SaliencyError('unsupported', `output ${output} of ${op} "${node}" is not supported`);
  };
  const inputFor = (node: TopologyNode): Value => {
    const entry = given.get(node.name);
    const name = entry?.key ?? node.name;
    const { value, turns } = inputValue(g, node, name, entry?.shape, options);
    inputs.push(value);
    return turns ? m.last(value) : value;
  };
  const outputsFor = (node: TopologyNode): readonly Value[] => {
    if (node.op === 'Const') {
      const weight = weightOf(node.name);
      if (!weight) throw new SaliencyError('bad-file', 'its value is not among the weights of the model');
      return [g.constantOf(weight, node.name)];
    }
    if (node.op === 'Placeholder' || (sources.has(node.op) && given.has(node.name))) return [inputFor(node)];
    if (node.op === 'PlaceholderWithDefault') return [valueAt(node.inputs[0]!)];
    const call: Call = {
      g,
      m,
      op: node.op,
      inputs: node.inputs.map(valueAt),
      attributes: node.attributes,
      names: namesOf(node),
      isSole: (index) => readers.get(keyOf(node.inputs[index]!)) === 1,
      moved: (from, to) => replaced.set(from, to),
    };
    return places.outputs(formOf(node.op)!, call);
  };

  for (const node of nodes) {
    try {
      values.set(node.name, outputsFor(node));
    } catch (error) {
      const code = error instanceof SaliencyError ? error.code : 'bad-file';
      const reason = error instanceof Error ? error.message : String(error);
      throw new SaliencyError(code, `${node.op} "${node.name}": ${reason}`, { cause: error });
    }
  }
  checkOptions(options, inputs);

  const outputs: Record<string, Value> = {};
  for (const { key, at } of wanted) {
    const value = valueAt(at);
    outputs[key] = value.shape.length < 4 ? value : m.named(value);
  }
  const shown = (value: Value): Value => {
    let now = places.imageOf(value);
    for (let next = replaced.get(now); next; next = replaced.get(now)) now = next;
    return m.named(now);
  };
  const names = namedValues(nodes, (node) => values.get(node.name)?.[0], shown);
  for (const value of inputs) names.set(value.name!, value);
  for (const [key, value] of Object.entries(outputs)) if (!names.has(key)) names.set(key, shown(value));
  return g.finish({ inputs, outputs, names, metadata: metadataOf(artifacts) });
}

const keyOf = ({ node, output }: Reference) => `${output} ${node}`;

/** How often each output is read, as a result of the model or by a node. */
function readersOf(nodes: readonly TopologyNode[], wanted: readonly SignatureEntry[]): Map<string, number> {
  const readers = new Map<string, number>();
  const all = [...nodes.flatMap((node) => node.inputs), ...wanted.map(({ at }) => at)];
  for (const at of all) readers.set(keyOf(at), (readers.get(keyOf(at)) ?? 0) + 1);
  return readers;
}

/** A node's name, and the name scopes it is in from outer to inner. */
function namesOf({ name }: TopologyNode): NodeNames {
  const steps = name.split('/');
  const scopes = steps.slice(1).map((_, at) => steps.slice(0, at + 1).join('/'));
  return { name, outputs: [name], ...(scopes.length > 0 && { scopes }) };
}

/** The scope that a SavedModel's functions are inlined in; it says nothing of the model. */
const CALL = /^(?:StatefulPartitionedCall|PartitionedCall)\//;

/** Values by the names of nodes, and by name scopes: of those the last value of numbers. */
function namedValues(
  nodes: readonly TopologyNode[],
  resultOf: (node: TopologyNode) => Value | undefined,
  shown: (value: Value) => Value,
): Map<string, Value> {
  const names = new Map<string, Value>();
  const scopes = new Map<string, Value>();
  for (const node of nodes) {
    const value = resultOf(node);
    if (!value) continue;
    const now = shown(value);
    names.set(node.name, now);
    if (now.constant || now.dtype !== 'float32') continue;
    for (const scope of namesOf(node).scopes ?? []) scopes.set(scope, now);
  }
  const add = (name: string, value: Value) => {
    if (!names.has(name)) names.set(name, value);
  };
  for (const [scope, value] of scopes) add(scope, value);
  for (const [name, value] of [...names]) if (CALL.test(name)) add(name.replace(CALL, ''), value);
  return names;
}

/** @throws SaliencyError `unsupported` with every operator among the nodes that can't be read */
function refuseUnknown(nodes: readonly TopologyNode[]): void {
  const unknown = new Map<string, TopologyNode>();
  for (const node of nodes) {
    if (!sources.has(node.op) && !formOf(node.op) && !unknown.has(node.op)) unknown.set(node.op, node);
  }
  if (unknown.size === 0) return;
  const items = [...unknown.values()].map(({ op, name }) => {
    const reason = reasonFor(op);
    return `${op} (node "${name}"${reason ? `: ${reason}` : ''})`;
  });
  const [what, verb] = items.length === 1 ? ['operator', 'is'] : ['operators', 'are'];
  throw new SaliencyError('unsupported', `the ${what} ${items.join(', ')} ${verb} not supported`);
}

/** The entries of one side of a signature that name nodes of the model. */
function entriesOf(topology: Topology, side: unknown): SignatureEntry[] {
  const entries: SignatureEntry[] = [];
  for (const [key, entry] of Object.entries((side ?? {}) as Record<string, unknown>)) {
    const { name, tensorShape } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string')
      throw new SaliencyError('bad-file', `"${key}" of its signature has no name`);
    const at = referenceOf(name);
    if (topology.has(at.node)) entries.push({ key, at, shape: shapeOf(tensorShape) });
  }
  return entries;
}

/** What the model computes: what its signature says, or else all that nobody reads. */
function outputsOf(topology: Topology, side: unknown): SignatureEntry[] {
  const said = entriesOf(topology, side);
  if (said.length > 0) return said;
  const read = new Set([...topology.values()].flatMap((node) => node.inputs.map((input) => input.node)));
  const last = [...topology.values()].filter(
    ({ name, op }) => !read.has(name) && op !== 'NoOp' && op !== 'Const',
  );
  if (last.length === 0) throw new SaliencyError('bad-file', 'the model computes nothing');
  return last.map(({ name }) => ({ key: name, at: { node: name, output: 0 }, shape: undefined }));
}

/** More channels than the images that people look at have. */
const MOST_COLOURS = 4;

/** Whether the images of an input have their channels first: where the second axis only is as short as channels are. */
function isChannelsFirst(shape: readonly Dim[]): boolean {
  const isColour = (dim: Dim | undefined) => typeof dim === 'number' && dim <= MOST_COLOURS;
  return isColour(shape[1]) && !isColour(shape[3]);
}

/** An input of the graph, and whether the model has its channels last. */
function inputValue(
  g: Builder,
  node: TopologyNode,
  name: string,
  said: readonly number[] | undefined,
  options: ReadGraphModelOptions,
): { readonly value: Value; readonly turns: boolean } {
  const held = node.attributes.shape('shape');
  const sizes =
    said && (!held || held.filter((size) => size < 0).length > said.filter((size) => size < 0).length)
      ? said
      : held;
  const wanted = options.shapes?.[name];
  if (!sizes && !wanted) {
    throw new SaliencyError(
      'unsupported',
      `the model says no shape of its input: give it, as in shapes: { ${JSON.stringify(name)}: ['N', 224, 224, 3] }`,
    );
  }
  const rank = sizes?.length ?? wanted!.length;
  const batch = options.batch ?? N;
  if (typeof batch === 'number' && !(Number.isInteger(batch) && batch > 0)) {
    throw new SaliencyError('bad-input', `a batch of ${batch} is not possible`);
  }
  if (wanted && wanted.length !== rank) {
    throw new SaliencyError('bad-input', `it has ${rank} dimensions, but the shape [${wanted}] was given`);
  }
  const shape = Array.from({ length: rank }, (_, axis): Dim => {
    const size = sizes?.[axis] ?? -1;
    const choice = wanted?.[axis];
    if (choice === 'N' || (choice === undefined && size < 0 && axis === 0)) return batch;
    if (choice === undefined) return size;
    if (!Number.isInteger(choice) || choice <= 0 || (size >= 0 && size !== choice)) {
      const why = size >= 0 ? `: the model fixes it at ${size}` : '';
      throw new SaliencyError('bad-input', `dimension ${axis} of its shape can't be ${choice}${why}`);
    }
    return choice;
  });
  if (shape.includes(-1)) {
    const example = shape.map((dim) => (dim === -1 ? 224 : isBatch(dim) ? "'N'" : dim));
    throw new SaliencyError(
      'unsupported',
      `it has open dimensions besides the batch: give its shape, as in shapes: { ${JSON.stringify(name)}: [${example.join(', ')}] }`,
    );
  }
  if (shape.includes(0)) throw new SaliencyError('bad-file', 'one of its dimensions is 0');
  const turns = rank === 4 && !isChannelsFirst(shape);
  const own = turns ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape;
  // Images of whole numbers are images: what changes them a little must have a meaning.
  const dtype = rank === 4 ? 'float32' : node.attributes.dtype('dtype');
  return { value: g.input(name, own, dtype), turns };
}

function checkOptions({ shapes = {} }: ReadGraphModelOptions, inputs: readonly Value[]): void {
  for (const name of Object.keys(shapes)) {
    if (inputs.some((input) => input.name === name)) continue;
    const all = inputs.map((input) => `"${input.name}"`).join(', ');
    throw new SaliencyError('unknown-name', `the model has no input "${name}"; its inputs are ${all}`);
  }
}

function metadataOf({ generatedBy, convertedBy }: Artifacts): Record<string, string> {
  const facts = { format: 'tfjs graph-model', generatedBy, convertedBy };
  const told = Object.entries(facts).filter((entry) => typeof entry[1] === 'string' && entry[1] !== '');
  return Object.fromEntries(told) as Record<string, string>;
}
