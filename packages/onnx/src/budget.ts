/**
 * What reading a file may cost in memory, so that no file of some bytes becomes gigabytes, not even by many small steps: each
 * constant folded at import, each copy, each node that a function unfolds to is paid for out of one budget.
 */

import type { NodeNames, Tensor, Value } from '@regional-saliency/core';
import {
  type Attributes,
  arrayOf,
  Builder,
  type Constant,
  constantsOf,
  describeNode,
  type Graph,
  type Node,
  readersOf,
  SaliencyError,
  sizeOf,
} from '@regional-saliency/core';

/** All that a file may become: four times its size and this. */
const ALLOWANCE = 100e6;

/** Of that, what may be made at import; the rest is for the parsed file, what running takes, and garbage. */
const atImport = (files: number) => 2 * files + 0.3 * ALLOWANCE;

/** And this is what its messages may take once they are parsed. */
const whenParsed = (file: number) => 2 * file + 0.6 * ALLOWANCE;

/**
 * @param file its size
 * @param parsed what its messages will take, as `weigh` counts it
 * @throws SaliencyError `bad-file` where that is too much
 */
export function checkParsed(file: number, parsed: number): void {
  if (parsed <= whenParsed(file)) return;
  throw new SaliencyError(
    'bad-file',
    `the file's messages take ${megabytes(parsed)} once parsed, and a file of ${megabytes(file)} may take ${megabytes(whenParsed(file))}: it holds lists or nodes without contents; export it with its tensors as raw data`,
  );
}

/** About what a node of the graph takes with its outputs, its key and its names, in bytes. */
const NODE = 1500;

export interface Budget {
  /** A file beside the model is there too. */
  grow(bytes: number): void;
  /** @throws SaliencyError `bad-file` where the file may not cost that much more */
  spend(bytes: number, what: string): void;
  /** @throws SaliencyError `bad-file` where the graph's constants, all read, are more than the file may become */
  checkConstants(graph: Graph): void;
}

/** @param size of the file, in bytes */
export function budgetOf(size: number): Budget {
  let [files, spent] = [size, 0];
  const allowed = () => 4 * files + ALLOWANCE;
  const refuse = (what: string): never => {
    throw new SaliencyError(
      'bad-file',
      `${what}, and a model of ${megabytes(files)} may take ${megabytes(allowed())}: export it with such constants stored in the file, or its functions and repetitions fewer`,
    );
  };
  return {
    grow: (bytes) => {
      files += bytes;
    },
    spend: (bytes, what) => {
      spent += bytes;
      if (!(spent <= atImport(files)))
        refuse(`${what} brings what is folded at import to ${megabytes(spent)}`);
    },
    checkConstants: (graph) => {
      // Reshapes of one constant read the same memory.
      const sizes = new Map<Constant['read'], { value: Value; bytes: number }>();
      for (const value of constantsOf(graph)) {
        const { dtype, shape, read } = value.constant!;
        sizes.set(read, { value, bytes: sizeOf(shape) * arrayOf[dtype].BYTES_PER_ELEMENT });
      }
      const all = [...sizes.values()];
      const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
      if (total <= allowed()) return;
      const { value, bytes } = all.reduce((most, each) => (each.bytes > most.bytes ? each : most));
      const [reader] = readersOf(graph).get(value) ?? [];
      const where = reader ? describeNode(reader) : 'the graph';
      refuse(
        `its constants take ${megabytes(total)} once computed (the largest, ${megabytes(bytes)}, is read by ${where})`,
      );
    },
  };
}

const megabytes = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** A builder that pays for what it makes. */
export class MeteredBuilder extends Builder {
  private readonly paid = new WeakSet<Node>();

  /** @param file what lies in this memory is the file itself */
  constructor(
    private readonly budget: Budget,
    private readonly file: ArrayBufferLike,
  ) {
    super();
  }

  override node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    names: NodeNames = {},
  ): Node {
    const node = super.node(op, inputs, attributes, names);
    if (this.paid.has(node)) return node;
    this.paid.add(node);
    const known = node.outputs[0]?.content?.length ?? 0;
    const letters = [node.name, ...(node.scopes ?? [])].reduce((sum, name) => sum + (name?.length ?? 0), 0);
    const bytes = NODE + 8 * (known + inputs.length) + 2 * letters;
    this.budget.spend(bytes, describeNode(node));
    return node;
  }

  override constantOf(source: Tensor | Constant, name?: string): Value {
    const value = super.constantOf(source, name);
    const held = 'data' in source && source.data.buffer !== this.file ? source.data.byteLength : 0;
    const bytes = NODE / 2 + held + 8 * (value.content?.length ?? 0);
    this.budget.spend(bytes, name ? `the constant "${name}"` : 'a constant');
    return value;
  }
}
