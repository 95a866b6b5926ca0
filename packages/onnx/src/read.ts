/**
 * An ONNX file as a graph.
 *
 * Parameters become attributes, shape computations are folded over the batch N, every kind of float is computed in
 * float32, and every name of the file stays known: tensors, node paths and PyTorch's scopes.
 */
import {
  type Dim,
  type Graph,
  isBatch,
  N,
  nearest,
  SaliencyError,
  showShape,
  sizeOf,
  type Value,
} from '@regional-saliency/core';
import { attributesOf } from './attributes';
import { type Budget, budgetOf, MeteredBuilder } from './budget';
import { asChannelsLast, isChannelsLast } from './channels-last';
import { computedIn, dtypeOfCode } from './element-types';
import { formOf, isKnown } from './forms';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from './generated/onnx_pb';
import { domainOf, opsetsOf, parseModel } from './parse';
import { realOf } from './quantized';
import { type ScopedCall, scopeNames, scopesOf } from './scopes';
import { nodesFor, readsOf, sortNodes } from './sort';
import { constantOf, type ExternalLoader, LARGEST } from './tensors';

export interface ReadOptions {
  /** Shapes of inputs whose dimensions the file leaves open; `'N'` is the batch. */
  readonly shapes?: Readonly<Record<string, readonly (number | 'N')[]>>;
  /** Fixes a batch that the file leaves open. */
  readonly batch?: number;
  /** Names of tensors that become the graph's outputs instead of the file's; what only leads to others is not read. */
  readonly outputs?: readonly string[];
  /** Reads a file that lies beside the model; `location` is a relative path that does not leave the model's folder. */
  readonly external?: ExternalLoader;
}

/** How deep calls of functions and branches may lie in each other. No exporter nests even ten. */
const DEEPEST = 64;

/** A mistyped name is compared with so many: no exporter writes more tensors. */
const MOST_COMPARED = 20_000;

/** The longest error; the names in it are the file's. */
const LONGEST_MESSAGE = 1000;

/**
 * Reads an ONNX model.
 *
 * An image that the file takes channels-last and turns first becomes a channels-first input, [N, C, H, W].
 *
 * The first dimension of an input, where the file leaves it open, is the batch N; every other one must be fixed, by the
 * file or by `options.shapes`. The bytes must stay as they are: constants are read from them when they are needed.
 *
 * @throws SaliencyError `bad-file` for what is no whole and consistent ONNX file, `unsupported` for a model that uses
 *   something that has no counterpart here, `unknown-name` for a name in the options that is no input
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): Graph {
  checkBytes(bytes);
  try {
    const { model, graph, opsets } = parseModel(bytes);
    return new Reader(model, opsets, options, bytes).read(graph);
  } catch (error) {
    const code = error instanceof SaliencyError ? error.code : 'bad-file';
    const reason = error instanceof Error ? error.message : String(error);
    const message = error instanceof SaliencyError ? reason : `the model can't be read: ${reason}`;
    // A damaged file's names may hold anything; what is shown stays one line of text.
    throw new SaliencyError(code, shortened(message).replace(/\p{Cc}+/gu, '\uFFFD'), { cause: error });
  }
}

/** JavaScript lets anything through. @throws SaliencyError `bad-input` that says what was given, and the cure */
function checkBytes(given: unknown): void {
  if (given instanceof Uint8Array) return;
  const [what, cure] = whatIs(given);
  throw new SaliencyError(
    'bad-input',
    `readOnnx takes the bytes of a file (a Uint8Array), not ${what}: ${cure}`,
  );
}

function whatIs(given: unknown): [what: string, cure: string] {
  if (typeof given === 'string')
    return ['text', 'read the file first, as in readOnnx(readFileSync(path)), or fetch it'];
  if (given instanceof ArrayBuffer) return ['an ArrayBuffer', 'give readOnnx(new Uint8Array(buffer))'];
  if (ArrayBuffer.isView(given)) {
    const view = 'give readOnnx(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))';
    return [`a ${given.constructor.name}`, view];
  }
  if (typeof (given as PromiseLike<unknown> | null | undefined)?.then === 'function')
    return ['a promise', 'await it, as in readOnnx(await bytes)'];
  if (typeof (given as Partial<Blob> | null | undefined)?.arrayBuffer === 'function')
    return ['a file or response', 'give readOnnx(new Uint8Array(await it.arrayBuffer()))'];
  const what = given === null || given === undefined ? String(given) : `a value of type ${typeof given}`;
  return [what, 'read the file first, as in readOnnx(readFileSync(path)), or fetch it'];
}

/** @throws SaliencyError `unknown-name` for a wanted output that is no tensor of the file, with the nearest names */
function checkOutputs(graph: GraphProto, wanted: readonly string[]): void {
  const named = [...graph.input, ...graph.initializer].map(({ name }) => name);
  const names = [...named, ...graph.node.flatMap(({ output }) => output.filter((name) => name !== ''))];
  const known = new Set(names);
  const missing = wanted.find((name) => !known.has(name));
  if (missing === undefined) return;
  const near = nearest(missing, [...known].slice(0, MOST_COMPARED));
  const shown = near.length > 0 ? near : graph.output.map(({ name }) => name).slice(0, 3);
  const hint = shown.map((name) => JSON.stringify(name)).join(', ');
  throw new SaliencyError(
    'unknown-name',
    `no tensor of the file is called "${missing}", so it can't be an output; ${near.length > 0 ? 'the nearest are' : 'its own outputs are'} ${hint}`,
  );
}

/** What is in the middle of a long message are the names of what lies around the place. */
function shortened(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const half = LONGEST_MESSAGE / 2;
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}

/** Tensors by name, in a graph or one of its subgraphs. */
class Names {
  private readonly values = new Map<string, Value | undefined>();

  constructor(private readonly outer?: Names) {}

  /** @param value undefined for an output that is not supported */
  define(name: string, value: Value | undefined): void {
    if (this.values.has(name)) throw new SaliencyError('bad-file', `the tensor "${name}" is there twice`);
    this.values.set(name, value);
  }

  find(name: string, reader: string): Value {
    const value = this.values.get(name);
    if (value) return value;
    if (this.values.has(name)) {
      throw new SaliencyError('unsupported', `${reader} reads "${name}", an output that is not supported`);
    }
    if (this.outer) return this.outer.find(name, reader);
    throw new SaliencyError(
      'bad-file',
      `${reader} reads the tensor "${name}", which nothing in the file makes`,
    );
  }

  [Symbol.iterator]() {
    return this.values.entries();
  }
}

/** Where nodes come from: the graph itself, a branch of an If, or the body of a function. */
interface Place {
  readonly names: Names;
  readonly opsets: ReadonlyMap<string, number>;
  /** What was given to the function's attributes. */
  readonly given: ReadonlyMap<string, AttributeProto>;
  /** The call whose function's body this is: its nodes are named and scoped under it. */
  readonly call?: { readonly name: string; readonly scopes: readonly string[] | undefined };
}

class Reader {
  private readonly g: MeteredBuilder;
  private readonly budget: Budget;
  private readonly functions: ReadonlyMap<string, FunctionProto>;
  private readonly external: ExternalLoader;
  private readonly nodePaths = new Map<string, Value>();
  private readonly calls: ScopedCall[] = [];
  /** The functions whose bodies are being read. */
  private readonly open = new Set<FunctionProto>();
  /** How many functions and branches the node lies in that is being read. */
  private depth = 0;

  constructor(
    private readonly model: ModelProto,
    private readonly opsets: ReadonlyMap<string, number>,
    private readonly options: ReadOptions,
    bytes: Uint8Array,
  ) {
    this.budget = budgetOf(bytes.length);
    this.g = new MeteredBuilder(this.budget, bytes.buffer);
    this.functions = functionsOf(model);
    const files = new Map<string, Uint8Array>();
    this.external = (location) => {
      if (!options.external) {
        throw new SaliencyError(
          'bad-file',
          `the model's weights lie in "${location}" beside it: give readOnnx an "external" that reads that file`,
        );
      }
      const known = files.get(location);
      if (known) return known;
      const file = options.external(location);
      files.set(location, file);
      // What is no bytes is refused where they are read.
      if (file instanceof Uint8Array) this.budget.grow(file.length);
      return file;
    };
  }

  read(proto: GraphProto): Graph {
    const wanted = this.options.outputs ?? proto.output.map(({ name }) => name);
    if (this.options.outputs) checkOutputs(proto, this.options.outputs);
    const nodes = this.options.outputs ? nodesFor(proto.node, wanted) : proto.node;
    this.refuseUnknown(nodes, proto);
    const names = new Names();
    this.readInitializers(proto, names);
    const initializers = new Set(proto.initializer.map((item) => item.name));
    // Before IR version 4, initializers are listed among the inputs.
    const inputs = proto.input.filter((item) => !initializers.has(item.name));
    this.checkOptions(inputs);
    const shapes = shapesOf(inputs, this.options);
    const values = inputs.map((item, index) => {
      const dtype = computedIn(dtypeOfCode(tensorType(item).elemType, `the input "${item.name}"`));
      const shape = shapes[index]!;
      const [n, height, width, channels] = shape as [Dim, Dim, Dim, Dim];
      const isLast = shape.length === 4 && isChannelsLast(item.name, nodes);
      const value = this.g.input(item.name, isLast ? [n, channels, height, width] : shape, dtype);
      names.define(item.name, isLast ? asChannelsLast(this.g, value) : value);
      return value;
    });

    this.readNodes(nodes, { names, opsets: this.opsets, given: new Map() });

    const outputs: Record<string, Value> = {};
    for (const name of wanted) {
      if (name in outputs) throw new SaliencyError('bad-file', `the graph has two outputs "${name}"`);
      outputs[name] = realOf(names.find(name, 'the graph'));
    }
    const known = new Map<string, Value>();
    for (const [name, value] of names) if (value) known.set(name, realOf(value));
    for (const value of values) known.set(value.name!, value);
    for (const [path, value] of this.nodePaths) known.set(path, value);
    this.nameParameters(proto, nodes, names, known);
    for (const [scope, value] of scopeNames(this.calls)) known.set(scope, value);
    const graph = this.g.finish({ inputs: values, outputs, names: known, metadata: this.metadata(proto) });
    this.budget.checkConstants(graph);
    return graph;
  }

  private readInitializers(proto: GraphProto, names: Names): void {
    for (const tensor of proto.initializer) {
      names.define(tensor.name, this.g.constantOf(constantOf(tensor, this.external), tensor.name));
    }
  }

  private readNodes(nodes: readonly NodeProto[], place: Place): void {
    for (const node of sortNodes(nodes)) {
      const label = labelOf(node);
      try {
        this.readNode(node, place);
      } catch (error) {
        if (error instanceof SaliencyError && error.message.startsWith(`${node.opType} `)) throw error;
        const code = error instanceof SaliencyError ? error.code : 'bad-file';
        const reason = error instanceof Error ? error.message : String(error);
        throw new SaliencyError(code, `${label}: ${reason}`, { cause: error });
      }
    }
  }

  private readNode(node: NodeProto, place: Place): void {
    const label = labelOf(node);
    if (place.call) this.budget.spend(UNFOLDED, `${label} in the function that ${place.call.name} calls`);
    const inputs = node.input.map((name) => (name === '' ? undefined : place.names.find(name, label)));
    const scopes = scopesOf(node) ?? place.call?.scopes;
    const name = place.call && node.name !== '' ? `${place.call.name}/${node.name}` : node.name;
    const outputs = this.outputsOf(node, inputs, { name, scopes }, place);
    for (const output of outputs) if (output) checkSize(output);
    for (const [index, output] of node.output.entries()) {
      if (output !== '') place.names.define(output, outputs[index]);
    }
    const first = outputs[0] && realOf(outputs[0]);
    if (!first) return;
    if (name !== '') this.nodePaths.set(name, first);
    if (scopes) {
      const parameters = inputs.filter((input): input is Value => input?.constant !== undefined);
      this.calls.push({ scopes, output: first, parameters });
    }
  }

  private outputsOf(
    node: NodeProto,
    inputs: readonly (Value | undefined)[],
    at: { name: string; scopes: readonly string[] | undefined },
    place: Place,
  ): readonly (Value | undefined)[] {
    const protos = node.attribute.flatMap((proto) => {
      if (proto.refAttrName === '') return [proto];
      const given = place.given.get(proto.refAttrName);
      return given ? [{ ...given, name: proto.name }] : [];
    });
    const domain = domainOf(node.domain);
    const definition = this.functions.get(keyOf(domain, node.opType, node.overload));
    if (definition) return this.callFunction(definition, inputs, protos, at);
    const op = operatorOf(node);
    if (!(isKnown(op) || op === 'If')) {
      throw new SaliencyError('unsupported', unsupportedSentence([node]));
    }
    if (op === 'If') return this.branchOf(node, inputs[0], protos, place);
    return formOf({
      g: this.g,
      op,
      inputs,
      attributes: attributesOf(protos, this.external),
      opset: place.opsets.get('') ?? this.opsets.get('') ?? 1,
      outputs: node.output.length,
      names: { name: at.name || undefined, scopes: at.scopes, outputs: place.call ? [] : node.output },
    });
  }

  /** The outputs of the branch that a condition known now selects. */
  private branchOf(
    node: NodeProto,
    condition: Value | undefined,
    protos: readonly AttributeProto[],
    place: Place,
  ): Value[] {
    const taken = condition?.content?.[0];
    if (taken === undefined) {
      throw new SaliencyError(
        'unsupported',
        'the condition of an If is computed from data: export the model without branches',
      );
    }
    const graph = protos.find((proto) => proto.name === (taken ? 'then_branch' : 'else_branch'))?.g;
    if (!graph) throw new SaliencyError('bad-file', 'the branch of an If is missing');
    const names = new Names(place.names);
    this.readInitializers(graph, names);
    this.deeper(`the branch of ${labelOf(node)}`, () => this.readNodes(graph.node, { ...place, names }));
    return graph.output.map((output) => names.find(output.name, labelOf(node)));
  }

  private callFunction(
    definition: FunctionProto,
    inputs: readonly (Value | undefined)[],
    protos: readonly AttributeProto[],
    at: { name: string; scopes: readonly string[] | undefined },
  ): Value[] {
    if (this.open.has(definition)) {
      throw new SaliencyError('bad-file', `the function ${definition.name} calls itself`);
    }
    const names = new Names();
    for (const [index, name] of definition.input.entries()) {
      if (inputs[index]) names.define(name, inputs[index]);
    }
    const given = new Map([...definition.attributeProto, ...protos].map((proto) => [proto.name, proto]));
    const call = { name: at.name || definition.name, scopes: at.scopes };
    const opsets = opsetsOf(definition.opsetImport);
    this.open.add(definition);
    this.deeper(`the function ${definition.name}`, () =>
      this.readNodes(definition.node, { names, opsets, given, call }),
    );
    this.open.delete(definition);
    return definition.output.map((name) => names.find(name, `the function ${definition.name}`));
  }

  private deeper(what: string, read: () => void): void {
    if (++this.depth > DEEPEST) throw tooDeep(what);
    read();
    this.depth--;
  }

  /** Every operator that the graph and its functions use must be one that can be read: all that can't, in one error. */
  private refuseUnknown(nodes: readonly NodeProto[], graph: GraphProto): void {
    const unknown = new Map<string, NodeProto>();
    const before = new Set<string>();
    /** Tensors that depend on the data, and those behind an operator that can't be read. */
    const live = new Set(graph.input.map(({ name }) => name));
    for (const { name } of graph.initializer) live.delete(name);
    const behind = new Set<string>();
    const seen = new Map<FunctionProto, boolean>();
    for (const node of sortNodes(nodes)) {
      const found = this.hasUnknown(node, unknown, seen);
      const reads = readsOf(node);
      const isBehind = reads.some((name) => behind.has(name));
      const data = reads.filter((name) => live.has(name));
      if (found && !isBehind) for (const name of data) before.add(name);
      for (const name of node.output) {
        if (data.length > 0) live.add(name);
        if (found || isBehind) behind.add(name);
      }
    }
    if (unknown.size === 0) return;
    for (const { name } of graph.input) before.delete(name);
    const list = [...before].map((name) => JSON.stringify(name)).join(', ');
    const cure = list === '' ? '' : `; to explain what comes before, read the model with outputs: [${list}]`;
    throw new SaliencyError('unsupported', unsupportedSentence([...unknown.values()]) + cure);
  }

  /**
   * Whether a node stands for operators that can't be read, which are put into `unknown` by what tells them apart.
   *
   * @param seen the functions that were looked at, and what was found
   */
  private hasUnknown(
    node: NodeProto,
    unknown: Map<string, NodeProto>,
    seen: Map<FunctionProto, boolean>,
    depth = 0,
  ): boolean {
    const key = keyOf(node.domain, node.opType, node.overload);
    const definition = this.functions.get(key);
    if (!definition) {
      const op = operatorOf(node);
      if (isKnown(op) || op === 'If') return false;
      if (!unknown.has(key)) unknown.set(key, node);
      return true;
    }
    const before = seen.get(definition);
    if (before !== undefined) return before;
    if (depth > DEEPEST) throw tooDeep(`the function ${definition.name}`);
    // A function that calls itself is refused where it is read.
    seen.set(definition, false);
    const found = definition.node.map((inner) => this.hasUnknown(inner, unknown, seen, depth + 1));
    seen.set(definition, found.includes(true));
    return found.includes(true);
  }

  /** A layer that was folded into another (a convolution before a batch norm) is known by the weights it left. */
  private nameParameters(
    proto: GraphProto,
    nodes: readonly NodeProto[],
    names: Names,
    known: Map<string, Value>,
  ): void {
    const parameters = new Set(proto.initializer.map((item) => item.name));
    for (const node of nodes) {
      const weight = node.input.find((name) => name.endsWith('.weight') && parameters.has(name));
      const layer = weight?.slice(0, -'.weight'.length);
      if (!layer || known.has(layer) || !node.output[0]) continue;
      const value = realOf(names.find(node.output[0], labelOf(node)));
      if (!value.constant) known.set(layer, value);
    }
  }

  private checkOptions(inputs: readonly ValueInfoProto[]): void {
    for (const name of Object.keys(this.options.shapes ?? {})) {
      if (!inputs.some((input) => input.name === name)) {
        const all = inputs.map((input) => `"${input.name}"`).join(', ');
        throw new SaliencyError('unknown-name', `the model has no input "${name}"; its inputs are ${all}`);
      }
    }
  }

  private metadata(proto: GraphProto): Record<string, string> {
    const { producerName, producerVersion, metadataProps, docString } = this.model;
    const metadata: Record<string, string> = {};
    for (const { key, value } of metadataProps) metadata[key] = value;
    const facts = {
      producer: `${producerName} ${producerVersion}`.trim(),
      opset: String(this.opsets.get('') ?? ''),
      name: proto.name,
      description: docString,
    };
    for (const [key, value] of Object.entries(facts)) if (value !== '') metadata[key] = value;
    return metadata;
  }
}

/** What reading one node of a function's body takes, whatever becomes of it, in bytes. */
const UNFOLDED = 500;

function tooDeep(what: string): SaliencyError {
  return new SaliencyError(
    'bad-file',
    `${what} lies more than ${DEEPEST} functions and branches deep: export the model with its functions inlined (onnx.inliner)`,
  );
}

/** @throws SaliencyError `bad-file` where two have the same name */
function functionsOf({ functions }: ModelProto): Map<string, FunctionProto> {
  const found = new Map<string, FunctionProto>();
  for (const each of functions) {
    const key = keyOf(each.domain, each.name, each.overload);
    if (found.has(key)) throw new SaliencyError('bad-file', `the function "${each.name}" is there twice`);
    found.set(key, each);
  }
  return found;
}

/** A tensor that no backend could hold even for one image is a mistake of the file, or an attack. */
function checkSize({ shape }: Value): void {
  const size = sizeOf(shape.map((dim) => (isBatch(dim) ? dim.batch : dim)));
  if (size > LARGEST) {
    throw new SaliencyError(
      'bad-file',
      `its result of ${showShape(shape)} has more elements than can be held`,
    );
  }
}

const keyOf = (domain: string, op: string, overload: string) => `${domainOf(domain)}:${op}:${overload}`;

/** The name by which forms know an operator: with its domain, where that is not ONNX's own. */
function operatorOf({ domain, opType }: NodeProto): string {
  return domainOf(domain) === '' ? opType : `${domain}.${opType}`;
}

function labelOf(node: NodeProto): string {
  return `${node.opType} "${node.name || node.output[0] || ''}"`;
}

function unsupportedSentence(nodes: readonly NodeProto[]): string {
  const items = nodes.map((node) => {
    const op = domainOf(node.domain) === '' ? node.opType : `${node.opType} of the domain ${node.domain}`;
    return `${op} (node "${node.name || node.output[0] || ''}")`;
  });
  const [what, verb] = items.length === 1 ? ['operator', 'is'] : ['operators', 'are'];
  return `the ${what} ${items.join(', ')} ${verb} not supported`;
}

function tensorType(info: ValueInfoProto) {
  const type = info.type?.value;
  if (type?.case !== 'tensorType') {
    throw new SaliencyError('unsupported', `the input "${info.name}" is not a tensor`);
  }
  return type.value;
}

/** The shapes of the graph's inputs. */
function shapesOf(inputs: readonly ValueInfoProto[], options: ReadOptions): Dim[][] {
  const batch = options.batch ?? N;
  if (typeof batch === 'number' && !(Number.isInteger(batch) && batch > 0)) {
    throw new SaliencyError('bad-input', `a batch of ${batch} is not possible`);
  }
  const batchNames = new Set<string>();
  const shapes = inputs.map((info) => {
    const given = options.shapes?.[info.name];
    const written = tensorType(info).shape?.dim;
    if (given && written && given.length !== written.length) {
      throw new SaliencyError(
        'bad-input',
        `the input "${info.name}" has ${written.length} dimensions, but the shape [${given.join(', ')}] was given`,
      );
    }
    if (!given && !written) {
      throw new SaliencyError(
        'unsupported',
        `the file says no shape of the input "${info.name}": give it, as in shapes: { ${JSON.stringify(info.name)}: ['N', 3, 224, 224] }`,
      );
    }
    const open: string[] = [];
    const shape = (given ?? written!).map((_, axis): Dim => {
      const { value: dim } = written?.[axis] ?? { value: { case: undefined } };
      // PaddlePaddle's exporter writes -1 for what is open.
      const fixed = dim.case === 'dimValue' && dim.value !== -1n ? Number(dim.value) : undefined;
      if (fixed !== undefined && fixed <= 0) {
        throw new SaliencyError('bad-file', `dimension ${axis} of the input "${info.name}" is ${fixed}`);
      }
      const wanted = given?.[axis];
      if (wanted === 'N') return batch;
      if (wanted !== undefined) {
        if (!Number.isInteger(wanted) || wanted <= 0 || (fixed !== undefined && fixed !== wanted)) {
          throw new SaliencyError(
            'bad-input',
            `dimension ${axis} of the input "${info.name}" can't be ${wanted}${fixed === undefined ? '' : `: the file fixes it at ${fixed}`}`,
          );
        }
        return wanted;
      }
      if (fixed !== undefined) return fixed;
      const name = dim.case === 'dimParam' ? dim.value : '';
      open.push(axis === 0 ? '' : name || `dimension ${axis}`);
      if (axis === 0 && name !== '') batchNames.add(name);
      return batch;
    });
    if (open.some((name) => name !== '')) {
      const example = shape.map((dim, axis) =>
        axis === 0 && isBatch(dim) ? "'N'" : isBatch(dim) ? 224 : dim,
      );
      throw new SaliencyError(
        'unsupported',
        `the input "${info.name}" has open dimensions besides the batch (${open.filter(Boolean).join(', ')}): give its shape, as in shapes: { ${JSON.stringify(info.name)}: [${example.join(', ')}] }`,
      );
    }
    return shape;
  });
  if (batchNames.size > 1) {
    const shown = inputs.map((info, index) => `"${info.name}" ${showShape(shapes[index]!)}`).join(', ');
    throw new SaliencyError(
      'unsupported',
      `the inputs have different open first dimensions (${[...batchNames].join(', ')}), and only the batch may be open: give the shapes of ${shown}`,
    );
  }
  return shapes;
}
