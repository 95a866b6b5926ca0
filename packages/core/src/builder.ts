/**
 * Builds graphs: infers shapes, folds what is known, and makes the same computation only once.
 *
 * The methods below `op` are short names for what rules write most often; each drops work that would change nothing.
 */

import { type Dim, isBatch, productOf, sameShape, showShape } from './dimension';
import { SaliencyError } from './errors';
import { type Attributes, describeNode, type Graph, type Node, nodesOf, type Value } from './graph';
import { operators } from './operators';
import { FOLD_LIMIT, type Small } from './operators/operator';
import { type Constant, type DType, sizeOf, type Tensor, type TypedArray, tensor } from './tensor';

export interface NodeNames {
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Names of the output tensors. */
  readonly outputs?: readonly (string | undefined)[] | undefined;
}

/** Builds a graph value by value: shapes are inferred, small computations folded, and equal nodes made once. */
export class Builder {
  private nextId = 0;
  private readonly made = new Map<string, Node>();
  private readonly scalars = new Map<string, Value>();
  private readonly known = new Map<Value, Value>();

  /** @param base a graph whose values this builder may use and add to */
  constructor(base?: Graph) {
    if (!base) return;
    for (const value of [...base.inputs, ...Object.values(base.outputs), ...base.names.values()])
      this.passId(value);
    for (const node of nodesOf(base)) {
      for (const value of [...node.inputs, ...node.outputs]) if (value) this.passId(value);
      this.made.set(keyOf(node.op, node.inputs, node.attributes), node);
    }
  }

  private passId(value: Value): void {
    this.nextId = Math.max(this.nextId, value.id + 1);
  }

  /** An input of the graph. */
  input(name: string, shape: readonly Dim[], dtype: DType = 'float32'): Value {
    return { id: this.nextId++, name, shape, dtype };
  }

  /** A constant from numbers (float32 unless said), a tensor, or anything that can be read later. */
  constant(data: TypedArray | readonly number[], shape: readonly number[], dtype?: DType): Value {
    return this.constantOf(tensor(data, shape, dtype));
  }

  /** A tensor as a value of the graph. */
  constantOf(source: Tensor | Constant, name?: string): Value {
    const constant: Constant =
      'read' in source ? source : { dtype: source.dtype, shape: source.shape, read: () => source.data };
    const value: Value = { id: this.nextId++, name, shape: constant.shape, dtype: constant.dtype, constant };
    return smallContent(value);
  }

  /** One number, of shape []. */
  scalar(value: number, dtype: DType = 'float32'): Value {
    const key = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
    const made = this.scalars.get(key) ?? this.constant([value], [], dtype);
    this.scalars.set(key, made);
    return made;
  }

  /** Adds a node, or finds the one that computes the same. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    names: NodeNames = {},
  ): Node {
    const operator = operators[op];
    const partial: Node = { op, inputs, outputs: [], attributes, name: names.name || names.outputs?.[0] };
    if (!operator) {
      throw new SaliencyError('unsupported', `${describeNode(partial)}: the operator ${op} is not supported`);
    }
    try {
      const full = operator.normalize?.(attributes, inputs) ?? attributes;
      const key = keyOf(op, inputs, full);
      const same = this.made.get(key);
      if (same) return same;
      const types = operator.infer(inputs, full);
      const outputs: Value[] = [];
      const node: Node = { op, inputs, outputs, attributes: full, name: names.name, scopes: names.scopes };
      for (const [index, type] of types.entries()) {
        checkShape(type.shape);
        const content = index === 0 ? this.contentOf(node, type.dtype) : undefined;
        outputs.push({ id: this.nextId++, name: names.outputs?.[index], ...type, node, content });
      }
      this.made.set(key, node);
      return node;
    } catch (error) {
      if (error instanceof SaliencyError && error.message.startsWith(op)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const code = error instanceof SaliencyError ? error.code : 'unsupported';
      throw new SaliencyError(code, `${describeNode(partial)}: ${reason}`, { cause: error });
    }
  }

  /** The first output of a node; a constant where its value is known now. */
  op(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    names: NodeNames = {},
  ): Value {
    const [value] = this.node(op, inputs, attributes, names).outputs as [Value];
    return this.folded(value);
  }

  /** The value itself, or the constant it is known to be. */
  folded(value: Value): Value {
    const { content, node } = value;
    if (!node || !content || content.some(isBatch)) return value;
    const before = this.known.get(value);
    if (before) return before;
    const constant = this.constant(content as number[], value.shape as number[], value.dtype);
    const folded = { ...constant, name: value.name };
    this.known.set(value, folded);
    return folded;
  }

  /** The elements of a node's first output, if all that it reads is small and known. */
  private contentOf(node: Node, dtype: DType): readonly Dim[] | undefined {
    if (node.op === 'Shape') {
      const { shape } = node.inputs[0]!;
      const { start = 0, end = shape.length } = node.attributes as Record<string, number>;
      return shape.slice(start, end);
    }
    if (node.op === 'Size') return [productOf(node.inputs[0]!.shape)];
    const { evaluate } = operators[node.op]!;
    if (!evaluate) return undefined;
    const inputs: (Small | undefined)[] = [];
    for (const input of node.inputs) {
      if (input && !input.content) return undefined;
      inputs.push(input && { dtype: input.dtype, shape: input.shape as number[], elements: input.content! });
    }
    const result = evaluate(inputs, node.attributes);
    if (!result || result.elements.length > FOLD_LIMIT) return undefined;
    // Floats are rounded as the operator itself would have.
    return dtype === 'float32'
      ? result.elements.map((item) => (isBatch(item) ? item : Math.fround(item)))
      : result.elements;
  }

  /** a + b, broadcast. */
  add(a: Value, b: Value): Value {
    if (isScalar(a, 0)) return b;
    if (isScalar(b, 0)) return a;
    return this.op('Add', [a, b]);
  }

  /** a - b, broadcast. */
  sub(a: Value, b: Value): Value {
    return isScalar(b, 0) ? a : this.op('Sub', [a, b]);
  }

  /** a · b, broadcast. */
  mul(a: Value, b: Value): Value {
    if (isScalar(a, 1)) return b;
    if (isScalar(b, 1)) return a;
    return this.op('Mul', [a, b]);
  }

  /** a / b, broadcast. */
  div(a: Value, b: Value): Value {
    return isScalar(b, 1) ? a : this.op('Div', [a, b]);
  }

  /** -x. */
  neg(x: Value): Value {
    return this.op('Neg', [x]);
  }

  /** Whether a > b, broadcast, as bool. */
  greater(a: Value, b: Value): Value {
    return this.op('Greater', [a, b]);
  }

  /** Whether a < b, broadcast, as bool. */
  less(a: Value, b: Value): Value {
    return this.op('Less', [a, b]);
  }

  /** a where the condition holds, else b, broadcast. */
  where(condition: Value, a: Value, b: Value): Value {
    return this.op('Where', [condition, a, b]);
  }

  /** x in another type. */
  cast(x: Value, to: DType): Value {
    return x.dtype === to ? x : this.op('Cast', [x], { to });
  }

  /** Matrix product, as NumPy has it. */
  matMul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b]);
  }

  /** Exchanges the last two axes. */
  swapLast(x: Value): Value {
    const perm = x.shape.map((_, axis) => axis);
    const rank = perm.length;
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return this.transpose(x, perm);
  }

  /** x with its axes in the order of `perm`. */
  transpose(x: Value, perm: readonly number[]): Value {
    return perm.every((axis, at) => axis === at) ? x : this.op('Transpose', [x], { perm: [...perm] });
  }

  /** x in another shape of as many elements. */
  reshape(x: Value, shape: readonly Dim[]): Value {
    return sameShape(x.shape, shape) ? x : this.op('Reshape', [x], { shape });
  }

  /** Broadcast to a shape. */
  expand(x: Value, shape: readonly Dim[]): Value {
    return sameShape(x.shape, shape) ? x : this.op('Expand', [x], { shape });
  }

  /** x broadcast to the shape of another value. */
  expandLike(x: Value, like: Value): Value {
    return this.expand(x, like.shape);
  }

  /** Zeros with the shape and type of a value. */
  zerosLike(x: Value): Value {
    return this.expand(this.scalar(0, x.dtype), x.shape);
  }

  /** Values joined along an axis. */
  concat(parts: readonly Value[], axis: number): Value {
    return parts.length === 1 ? parts[0]! : this.op('Concat', parts, { axis });
  }

  /** Part of x, as ONNX slices: ends excluded, negative places from the end. */
  slice(x: Value, starts: number[], ends: number[], axes: number[], steps?: number[]): Value {
    const value = this.op('Slice', [x], { starts, ends, axes, ...(steps && { steps }) });
    return sameShape(value.shape, x.shape) && !steps ? x : value;
  }

  /** Pads with zeros; negative pads cut. One number an axis. */
  pad(x: Value, before: readonly number[], after: readonly number[]): Value {
    const pads = [...before, ...after].map((pad) => pad || 0);
    return pads.every((pad) => pad === 0) ? x : this.op('Pad', [x], { pads, mode: 'constant', value: 0 });
  }

  /** Sum over axes; they stay with size 1 unless `keepdims` is false. */
  reduceSum(x: Value, axes: readonly number[], keepdims = true): Value {
    return axes.length === 0 ? x : this.op('ReduceSum', [x], { axes: [...axes], keepdims: Number(keepdims) });
  }

  /** Sums over the axes along which `shape` was broadcast, and gives the result that shape. */
  sumTo(x: Value, shape: readonly Dim[]): Value {
    if (sameShape(x.shape, shape)) return x;
    const extra = x.shape.length - shape.length;
    const axes = x.shape.flatMap((dim, axis) => {
      const own = axis < extra ? undefined : shape[axis - extra];
      return own === undefined || (own === 1 && dim !== 1) ? [axis] : [];
    });
    return this.reshape(this.reduceSum(x, axes), shape);
  }

  /** A graph from this builder's values. */
  finish(graph: {
    inputs: readonly Value[];
    outputs: Readonly<Record<string, Value>>;
    names?: ReadonlyMap<string, Value>;
    metadata?: Readonly<Record<string, string>>;
  }): Graph {
    return { names: new Map(), metadata: {}, ...graph };
  }
}

function isScalar(value: Value, number: number): boolean {
  return value.shape.length === 0 && value.content?.[0] === number && value.constant !== undefined;
}

/** What is computed from a damaged file's numbers may be no size at all, or that of a tensor which nothing can count. */
function checkShape(shape: readonly Dim[]): void {
  const sizes = shape.map((dim) => (isBatch(dim) ? dim.batch : dim));
  const isSize = (size: number) => Number.isSafeInteger(size) && size >= 0;
  if (sizes.every(isSize) && Number.isSafeInteger(sizeOf(sizes))) return;
  throw new SaliencyError(
    'bad-input',
    `its result would have the shape ${showShape(shape)}, which no tensor can have`,
  );
}

/** Small constants carry their elements, so that what is computed from them can be folded. */
function smallContent(value: Value): Value {
  const shape = value.shape as readonly number[];
  const foldable =
    value.dtype === 'int64' || value.dtype === 'int32' || value.dtype === 'bool' || shape.length === 0;
  if (!foldable || value.dtype.includes('float16') || sizeOf(shape) > FOLD_LIMIT) return value;
  return { ...value, content: Array.from(value.constant!.read() as Iterable<number | bigint>, Number) };
}

/** Two nodes with the same key compute the same. */
function keyOf(op: string, inputs: readonly (Value | undefined)[], attributes: Attributes): string {
  const keys = Object.keys(attributes).sort();
  const parts = keys.map((key) => `${key}=${attributeKey(attributes[key])}`);
  return `${op}(${inputs.map((input) => input?.id ?? '').join(',')})${parts.join(';')}`;
}

/** Graphs are told apart by identity: two loops with bodies of their own are two loops. */
const graphKeys = new WeakMap<object, number>();
let graphCount = 0;

function attributeKey(attribute: Attributes[string]): string {
  if (attribute && typeof attribute === 'object' && 'outputs' in attribute) {
    const key = graphKeys.get(attribute) ?? graphCount++;
    graphKeys.set(attribute, key);
    return `graph ${key}`;
  }
  if (attribute && typeof attribute === 'object' && 'data' in attribute) {
    return `${attribute.dtype}[${attribute.shape}]{${attribute.data}}`;
  }
  return JSON.stringify(attribute, (_, item) => {
    // JSON knows neither infinities nor NaN nor -0, and a Pad or Clip may hold them.
    if (typeof item !== 'number' || (Number.isFinite(item) && !Object.is(item, -0))) return item;
    return Object.is(item, -0) ? '-0' : String(item);
  });
}
