/**
 * A graph as an ONNX file of standard operators.
 *
 * The graph is first said in operators of the opset (`prepare`). Parameters become inputs where the opset wants them so,
 * shapes that depend on the batch are said relative to it (`-1`, or computed from an input's shape), and names stay where
 * they can.
 */
import { create, isMessage } from '@bufbuild/protobuf';
import {
  type Attribute,
  type Dim,
  type DType,
  describeNode,
  type Graph,
  isBatch,
  type Node,
  nodesOf,
  SaliencyError,
  sameDim,
  showDim,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
  type Value,
} from '@regional-saliency/core';
import { codeOfDtype } from './element-types';
import { encodeModel, type Weights } from './encode';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb';
import { parametersOf } from './parameters';
import { prepare } from './prepare';
import { writeResize } from './resize';
import { SCOPES_KEY, writeScopes } from './scopes';

export interface WriteOptions {
  /** The version of the operators, 16 to 23; default 18. */
  readonly opset?: number;
  /** The graph's name; default that of the file it came from. */
  readonly name?: string;
  /** Added to the graph's own metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Use only forms of backward operators that every execution provider runs, at some cost in speed. */
  readonly portable?: boolean;
  /**
   * Whether the body of a loop reads its weights in the graph around it (`shared`, the default) or has copies of its `own`:
   * a larger file, whose loops onnxruntime runs faster.
   */
  readonly loopWeights?: 'shared' | 'own';
}

const [OLDEST, NEWEST] = [16, 23];

/** The version of the file format that brought metadata of nodes (the scopes). */
const IR_VERSION = 10n;

/** Attributes that are floats even where their number is whole. */
const floatAttributes = new Set([
  'alpha',
  'beta',
  'gamma',
  'epsilon',
  'lambd',
  'bias',
  'momentum',
  'scale',
  'cubic_coeff_a',
]);

/** Outputs of a node that need not be there, from this index on. */
const optionalOutputs: Readonly<Record<string, number>> = { MaxPool: 1 };

/** Metadata that the file says elsewhere. */
const factKeys = new Set(['producer', 'opset', 'name', 'description']);

/**
 * Writes a graph as an ONNX model: its inputs and outputs under their names, the batch as the symbolic dimension `N`.
 *
 * @throws SaliencyError `unsupported` where the graph can't be said in the opset, or holds more than 2 GB
 */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const { opset = 18 } = options;
  if (!Number.isInteger(opset) || opset < OLDEST || opset > NEWEST) {
    throw new SaliencyError(
      'bad-input',
      `opset ${opset} can't be written: choose one from ${OLDEST} to ${NEWEST}`,
    );
  }
  const prepared = prepare(graph, { opset, portable: options.portable ?? false });
  return new Writer(prepared, opset, options.loopWeights ?? 'shared').write(options);
}

class Writer {
  private readonly taken = new Set<string>();
  private readonly names = new Map<Value, string>();
  /** The nodes of the graph, and of the loop's body that is being written, if one is. */
  private readonly nodes: NodeProto[] = [];
  private scope = { nodes: this.nodes, valueInfo: [] as ValueInfoProto[] };
  private readonly weights: Weights[] = [];
  /** Small constants and shape arithmetic that are made once. */
  private readonly shared = new Map<string, string>();
  private readonly nodeNames = new Set<string>();

  constructor(
    private readonly graph: Graph,
    private readonly opset: number,
    private readonly loopWeights: 'shared' | 'own',
  ) {}

  write({ name, metadata }: WriteOptions): Uint8Array {
    const { graph } = this;
    const nodes = nodesOf(graph);
    for (const input of graph.inputs) this.claim(input, input.name ?? '', 'input');
    const copies = this.claimOutputs();
    const used = new Set<Value>(Object.values(graph.outputs));
    for (const node of nodes) for (const input of node.inputs) if (input) used.add(input);
    for (const node of nodes) this.writeNode(node, used);
    for (const [output, value] of copies) this.emit('Identity', [this.nameOf(value)], [output]);

    const meta = { ...graph.metadata, ...metadata };
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'regional-saliency',
      docString: meta.description ?? '',
      opsetImport: [{ domain: '', version: BigInt(this.opset) }],
      metadataProps: Object.entries(meta)
        .filter(([key]) => !factKeys.has(key))
        .map(([key, value]) => ({ key, value })),
    });
    const proto = create(GraphProtoSchema, {
      name: name ?? graph.metadata.name ?? 'graph',
      node: this.nodes,
      input: graph.inputs.map((value) => infoOf(this.nameOf(value), value)),
      output: Object.entries(graph.outputs).map(([key, value]) => infoOf(key, value)),
      valueInfo: this.scope.valueInfo,
    });
    return encodeModel(model, proto, this.weights);
  }

  /** Gives a value of the interface its name. */
  private claim(value: Value, name: string, what: string): void {
    if (name === '') throw new SaliencyError('bad-input', `an ${what} of the graph has no name`);
    if (this.taken.has(name))
      throw new SaliencyError('bad-input', `two inputs or outputs are called "${name}"`);
    this.taken.add(name);
    this.names.set(value, name);
  }

  /** Outputs that a node computes are called so there; those that nothing computes, or are there twice, are copies. */
  private claimOutputs(): [string, Value][] {
    const copies: [string, Value][] = [];
    for (const [name, value] of Object.entries(this.graph.outputs)) {
      if (value.node && !this.names.has(value)) this.claim(value, name, 'output');
      else copies.push([this.unique(name, 'output'), value]);
    }
    return copies;
  }

  /** The wanted name where it is free, else one made from it. */
  private unique(wanted: string | undefined, base: string, taken = this.taken): string {
    let name = wanted || base;
    for (let n = 1; taken.has(name); n++) name = `${wanted || base}_${n}`;
    taken.add(name);
    return name;
  }

  private nameOf(value: Value): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const { constant } = value;
    if (!constant) {
      const where = value.name ? `"${value.name}"` : `of shape ${showShapeOf(value)}`;
      throw new SaliencyError(
        'bad-input',
        `the graph reads the value ${where}, which is not among its inputs`,
      );
    }
    const name = this.unique(value.name, `constant_${value.id}`);
    this.names.set(value, name);
    this.addWeights(name, constant.dtype, constant.shape, constant.read());
    return name;
  }

  private addWeights(name: string, dtype: DType, shape: readonly number[], data: TypedArray): void {
    const proto = create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: codeOfDtype(dtype) });
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    this.weights.push({ tensor: proto, data: bytes });
  }

  private writeNode(node: Node, used: ReadonlySet<Value>): void {
    const outputs = node.outputs.map((output, index) => {
      const droppable = index >= (optionalOutputs[node.op] ?? Number.POSITIVE_INFINITY);
      if (droppable && !used.has(output)) return '';
      const name = this.names.get(output) ?? this.unique(output.name, `${node.op}_${output.id}`);
      const isOutput = this.names.has(output);
      this.names.set(output, name);
      if (!isOutput) this.scope.valueInfo.push(infoOf(name, output));
      return name;
    });
    while (outputs.at(-1) === '') outputs.pop();
    try {
      if (node.op === 'Repeat') {
        this.writeLoop(node, outputs);
        return;
      }
      const { inputs, attributes } = this.withParameters(node);
      this.emit(node.op, inputs, outputs, attributes, node);
    } catch (error) {
      if (!(error instanceof SaliencyError) || error.message.startsWith(node.op)) throw error;
      throw new SaliencyError(error.code, `${describeNode(node)}: ${error.message}`, { cause: error });
    }
  }

  /**
   * A Loop. The body reads what it needs by its name in the graph around it, weights included unless they are to be its own;
   * what the loop carries is the sums.
   */
  private writeLoop({ inputs, attributes }: Node, outputs: readonly string[]): void {
    const body = attributes.body as Graph;
    const [index, ...captured] = body.inputs as [Value, ...Value[]];
    for (const [at, value] of captured.entries()) this.names.set(value, this.nameOf(inputs[at]!));
    const results = Object.values(body.outputs);
    const zeros = results.map(({ dtype, shape }) => this.zeros(dtype, shape));
    const around = this.scope;
    this.scope = { nodes: [], valueInfo: [] };
    const step = this.unique(index.name, 'step');
    this.names.set(index, step);
    const [going, goesOn] = ['going', 'goes_on'].map((name) => this.unique(name, name)) as [string, string];
    const nodes = nodesOf(body);
    const used = new Set<Value>([
      ...nodes.flatMap((node) => node.inputs.filter((input) => input !== undefined)),
      ...results,
    ]);
    const { initializer, restore } = this.ownWeights([...used]);
    for (const node of nodes) this.writeNode(node, used);
    const before = outputs.map((name) => this.unique(`${name}_before`, 'before'));
    const after = outputs.map((name) => this.unique(`${name}_after`, 'after'));
    for (const [at, value] of results.entries())
      this.emit('Add', [before[at]!, this.nameOf(value)], [after[at]!]);
    this.emit('Identity', [going], [goesOn]);
    const condition = { dtype: 'bool' as const, shape: [] };
    const { nodes: node, valueInfo } = this.scope;
    this.scope = around;
    const proto = create(GraphProtoSchema, {
      name: this.unique(outputs[0], 'body'),
      node,
      initializer,
      input: [
        infoOf(step, index),
        infoOf(going, condition),
        ...results.map((value, at) => infoOf(before[at]!, value)),
      ],
      output: [infoOf(goesOn, condition), ...results.map((value, at) => infoOf(after[at]!, value))],
      valueInfo,
    });
    restore();
    this.emit('Loop', [this.scalar(attributes.count as number, 'int64'), '', ...zeros], outputs, {
      body: proto,
    });
  }

  /** Weights that a loop's body has for itself, where they are wanted; until `restore` they are read there. */
  private ownWeights(used: readonly Value[]): { initializer: TensorProto[]; restore: () => void } {
    const weights = this.loopWeights === 'own' ? used.filter(isWeight) : [];
    const before = weights.map((value) => [value, this.names.get(value)] as const);
    const initializer = weights.map((value) => {
      const { constant } = value;
      const name = this.unique(value.name && `${value.name}_in_loop`, `constant_${value.id}`);
      this.names.set(value, name);
      return tensorProto({ dtype: constant!.dtype, shape: constant!.shape, data: constant!.read() }, name);
    });
    const restore = () => {
      for (const [value, name] of before) {
        if (name === undefined) this.names.delete(value);
        else this.names.set(value, name);
      }
    };
    return { initializer, restore };
  }

  private zeros(dtype: DType, shape: readonly Dim[]): string {
    return this.once(`zeros:${dtype}:${showShapeOf({ shape })}`, () =>
      this.sharedOp('Expand', [this.scalar(0, dtype), this.list(shape)]),
    );
  }

  /** The inputs of a node with the parameters that this opset wants there, and the attributes that are left. */
  private withParameters(node: Node): { inputs: string[]; attributes: Record<string, Attribute> } {
    const inputs = node.inputs.map((input) => (input ? this.nameOf(input) : ''));
    const attributes: Record<string, Attribute> = {};
    const own = node.op === 'Resize' ? writeResize(node) : node.attributes;
    for (const [key, value] of Object.entries(own)) if (value !== undefined) attributes[key] = value;
    for (const { attribute, at, kind, since } of parametersOf[node.op] ?? []) {
      const value = attributes[attribute];
      if (value === undefined || this.opset < since) continue;
      delete attributes[attribute];
      while (inputs.length < at) inputs.push('');
      if (kind === 'number') inputs[at] = this.scalar(value as number, node.inputs[0]!.dtype);
      else if (kind === 'floats') inputs[at] = this.floats(value as readonly number[]);
      else inputs[at] = this.list(this.relative(node, attribute, value as readonly Dim[]));
    }
    if (node.op === 'AveragePool' && (attributes.dilations as number[]).every((dilation) => dilation === 1)) {
      delete attributes.dilations;
    }
    if (node.op === 'AveragePool' && attributes.dilations && this.opset < 19) {
      throw new SaliencyError('unsupported', 'dilations need opset 19 or newer');
    }
    return { inputs, attributes };
  }

  /** A shape in which the batch is said by what ONNX infers itself, where that is possible. */
  private relative(node: Node, attribute: string, list: readonly Dim[]): readonly Dim[] {
    if (attribute !== 'shape' || !list.some(isBatch)) return list;
    // A size of 0 would mean "copy" or forbid -1, so such shapes are computed.
    if (node.op === 'Reshape') return list.includes(0) ? list : list.map((dim) => (isBatch(dim) ? -1 : dim));
    const { shape } = node.inputs[0]!;
    const outer = list.length - shape.length;
    return list.map((dim, axis) => {
      const own = shape[axis - outer];
      return isBatch(dim) && own !== undefined && sameDim(own, dim) ? 1 : dim;
    });
  }

  /** The name of a list of integers; one in which the batch occurs is computed from an input's shape. */
  private list(dims: readonly Dim[]): string {
    return this.once(`list:${dims.map(showDim)}`, (name) => {
      if (dims.some(isBatch)) {
        const parts = dims.map((dim) => (isBatch(dim) ? this.batchMultiple(dim.batch) : this.list([dim])));
        return parts.length === 1 ? parts[0]! : this.sharedOp('Concat', parts, { axis: 0 });
      }
      const own = this.unique(undefined, name);
      this.addWeights(own, 'int64', [dims.length], BigInt64Array.from(dims as number[], BigInt));
      return own;
    });
  }

  /** The name of `[multiple · N]`. */
  private batchMultiple(multiple: number): string {
    return this.once(`batch:${multiple}`, () => {
      for (const input of this.graph.inputs) {
        const [first] = input.shape;
        if (first === undefined || !isBatch(first) || multiple % first.batch !== 0) continue;
        const size = this.sharedOp('Shape', [this.nameOf(input)], { start: 0, end: 1 });
        return multiple === first.batch
          ? size
          : this.sharedOp('Mul', [size, this.list([multiple / first.batch])]);
      }
      throw new SaliencyError(
        'unsupported',
        'a shape depends on the batch, but no input has the batch as its first dimension',
      );
    });
  }

  private floats(list: readonly number[]): string {
    return this.once(`floats:${list}`, () => {
      const own = this.unique(undefined, 'floats');
      this.addWeights(own, 'float32', [list.length], Float32Array.from(list));
      return own;
    });
  }

  private scalar(value: number, dtype: DType): string {
    return this.once(`${dtype}:${Object.is(value, -0) ? '-0' : value}`, () => {
      const own = this.unique(undefined, 'scalar');
      const { data } = tensor([value], [], dtype);
      this.addWeights(own, dtype, [], data);
      return own;
    });
  }

  private once(key: string, make: (base: string) => string): string {
    const name = this.shared.get(key) ?? make(key.replace(/[^\w]+/g, '_'));
    this.shared.set(key, name);
    return name;
  }

  /** A node of the graph itself, also while the body of a loop is written: others may read it too. */
  private sharedOp(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    const output = this.unique(undefined, op.toLowerCase());
    const { scope } = this;
    this.scope = { ...scope, nodes: this.nodes };
    this.emit(op, inputs, [output], attributes);
    this.scope = scope;
    return output;
  }

  private emit(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute | GraphProto> = {},
    node?: Node,
  ): void {
    const name = this.unique(node?.name, outputs[0]!, this.nodeNames);
    // An absent input at the end is left out: onnxruntime's WebGPU convolution reads a bias that is only named ''.
    const count = inputs.findLastIndex((input) => input !== '') + 1;
    this.scope.nodes.push(
      create(NodeProtoSchema, {
        opType: op,
        name,
        input: inputs.slice(0, count),
        output: [...outputs],
        attribute: Object.entries(attributes).map(([key, value]) => attributeProto(op, key, value)),
        metadataProps: node?.scopes ? [{ key: SCOPES_KEY, value: writeScopes(node.scopes, name) }] : [],
      }),
    );
  }
}

const text = new TextEncoder();

function attributeProto(op: string, name: string, value: Attribute | GraphProto): AttributeProto {
  const typed = (type: AttributeType, content: object) =>
    create(AttributeProtoSchema, { name, type, ...content });
  if (op === 'Cast' && name === 'to') {
    return typed(AttributeType.INT, { i: BigInt(codeOfDtype(value as DType)) });
  }
  if (typeof value === 'number') {
    const whole = Number.isInteger(value) && !floatAttributes.has(name);
    return whole ? typed(AttributeType.INT, { i: BigInt(value) }) : typed(AttributeType.FLOAT, { f: value });
  }
  if (typeof value === 'string') return typed(AttributeType.STRING, { s: text.encode(value) });
  if (Array.isArray(value)) return listAttribute(typed, name, value);
  if (isMessage(value, GraphProtoSchema)) return typed(AttributeType.GRAPH, { g: value });
  if ('data' in value) return typed(AttributeType.TENSOR, { t: tensorProto(value) });
  throw new SaliencyError('unsupported', `the attribute "${name}" can't be written`);
}

function listAttribute(
  typed: (type: AttributeType, content: object) => AttributeProto,
  name: string,
  list: readonly (Dim | string)[],
): AttributeProto {
  if (list.some((item) => typeof item === 'string')) {
    return typed(AttributeType.STRINGS, { strings: list.map((item) => text.encode(item as string)) });
  }
  if (list.some((item) => typeof item !== 'number')) {
    throw new SaliencyError(
      'unsupported',
      `the attribute "${name}" depends on the batch, which ONNX can't say`,
    );
  }
  const numbers = list as readonly number[];
  return numbers.every(Number.isInteger)
    ? typed(AttributeType.INTS, { ints: numbers.map(BigInt) })
    : typed(AttributeType.FLOATS, { floats: [...numbers] });
}

/** Whether a value is a constant of some size. */
function isWeight({ constant, dtype }: Value): boolean {
  return constant !== undefined && dtype === 'float32' && sizeOf(constant.shape) > 64;
}

function tensorProto({ data, dtype, shape }: Tensor, name = ''): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: codeOfDtype(dtype),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

function infoOf(name: string, { dtype, shape }: Pick<Value, 'dtype' | 'shape'>): ValueInfoProto {
  const dim = shape.map((size) => ({
    value: isBatch(size)
      ? { case: 'dimParam' as const, value: showDim(size) }
      : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: codeOfDtype(dtype), shape: { dim } } } },
  });
}

const showShapeOf = (value: Pick<Value, 'shape'>) => `[${value.shape.map(showDim).join(', ')}]`;
