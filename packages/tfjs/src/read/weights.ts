/**
 * The weights of a model.json (`weightsManifest`) as constants that are read when somebody needs them.
 *
 * A manifest is a list of groups; a group's shards are one run of bytes in which its weights lie one behind another
 * (tfjs's format; there is no paper). Weights are viewed where they lie in one shard at an address that fits their type,
 * and copied at each read otherwise; quantised ones are computed at each read: nothing is held twice.
 *
 * The file is untrusted: every size is checked against the bytes that are there before anything is allocated, and a shard
 * is asked for only by a name that stays in the model's folder.
 */
import { type Constant, fromFloat16, SaliencyError, sizeOf } from '@regional-saliency/core';

/** Gives the bytes of a file by its path, relative to the model's folder and never leaving it. */
export type ShardReader = (path: string) => Uint8Array;

/** The most that one tensor may hold: what a typed array holds on every platform. */
const LARGEST = 2 ** 32;

/** Elements as they lie in the file. */
const stored = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  float16: Uint16Array,
} as const;

type Stored = keyof typeof stored;
type Kind = 'float32' | 'int32' | 'bool';

interface Weight {
  readonly name: string;
  readonly dtype: Kind;
  readonly shape: readonly number[];
  readonly size: number;
  readonly as: Stored;
  /** Elements are `step · stored + least`, where they are quantised to integers. */
  readonly quantised?: { readonly step: number; readonly least: number };
}

/**
 * The weights by name.
 *
 * @param manifest model.json's `weightsManifest`
 * @param read gives a shard; each is asked for once. The bytes must stay as they are
 * @throws SaliencyError `bad-file` where the manifest is not one, names a file outside the model's folder or a weight
 *   twice, or does not fit the shards' sizes; `unsupported` for strings and complex numbers
 */
export function readWeights(manifest: unknown, read: ShardReader): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const [index, group] of listOf(manifest, 'the weightsManifest').entries()) {
    const what = `group ${index} of the weightsManifest`;
    const { paths, weights } = objectOf(group, what);
    const specs = listOf(weights, `"weights" of ${what}`).map(weightOf);
    for (const path of listOf(paths, `"paths" of ${what}`)) checkPath(path, what);
    const shards = joined((paths as string[]).map((path) => bytesAt(path, read)));
    const needed = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
    if (needed !== shards.length) {
      throw new SaliencyError(
        'bad-file',
        `the shards ${(paths as string[]).map((path) => JSON.stringify(path)).join(', ')} hold ${shards.length} bytes, but their weights need ${needed}: a file is damaged, truncated or of another model`,
      );
    }
    let start = 0;
    for (const spec of specs) {
      if (constants.has(spec.name)) throw badFile(`the weight "${spec.name}" is there twice`);
      constants.set(spec.name, constantAt(spec, shards, start));
      start += bytesOf(spec);
    }
  }
  return constants;
}

/** A reader that answers later, or with an ArrayBuffer, gives no bytes to look at. */
function bytesAt(path: string, read: ShardReader): Uint8Array {
  const bytes: unknown = read(path);
  if (bytes instanceof Uint8Array) return bytes;
  throw new SaliencyError(
    'bad-input',
    `the reader gave no Uint8Array for the shard "${path}": fetch the shards first, and give new Uint8Array(buffer) of each`,
  );
}

function constantAt(spec: Weight, shards: Shards, start: number): Constant {
  const { dtype, shape, size, as, quantised } = spec;
  const elements = () => elementsAt(shards, start, size, as);
  if (as === 'float16') return { dtype, shape, read: () => fromFloat16(elements() as Uint16Array) };
  if (!quantised) return { dtype, shape, read: elements };
  const { step, least } = quantised;
  const value = (q: number) => q * step + least;
  return {
    dtype,
    shape,
    read: () =>
      dtype === 'float32'
        ? Float32Array.from(elements(), value)
        : Int32Array.from(elements(), (q) => Math.round(value(q))),
  };
}

const bytesOf = ({ as, size }: Weight) => size * stored[as].BYTES_PER_ELEMENT;

function weightOf(spec: unknown): Weight {
  const { name, dtype, shape, quantization } = objectOf(spec, 'a weight of the manifest');
  if (typeof name !== 'string' || name === '') throw badFile('a weight of the manifest has no name');
  const what = `the weight "${name}"`;
  if (dtype === 'string' || dtype === 'complex64') {
    throw new SaliencyError('unsupported', `${what} is of type ${dtype}: only numbers can be explained`);
  }
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw badFile(`${what} is of an unknown type (${JSON.stringify(dtype)})`);
  }
  const dims = listOf(shape, `the shape of ${what}`).map((dim) => {
    if (!Number.isSafeInteger(dim) || (dim as number) < 0) {
      throw badFile(`${what} has a dimension that is no size (${JSON.stringify(dim)})`);
    }
    return dim as number;
  });
  const size = sizeOf(dims);
  if (!(size <= LARGEST)) throw badFile(`${what} claims to hold ${size} elements, more than can be held`);
  const plain = { name, dtype, shape: dims, size } as const;
  if (quantization === undefined || quantization === null) return { ...plain, as: dtype };
  const { dtype: as, scale, min } = objectOf(quantization, `the quantization of ${what}`);
  if (as === 'float16' && dtype === 'float32') return { ...plain, as };
  if ((as !== 'uint8' && as !== 'uint16') || dtype === 'bool') {
    throw badFile(`${what}, of type ${dtype}, is quantised in an unknown way (${JSON.stringify(as)})`);
  }
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    throw badFile(`${what} is quantised without a finite "scale" and "min"`);
  }
  return { ...plain, as, quantised: { step: scale as number, least: min as number } };
}

/** A model may only name files in its own folder or below, never a way out of it. */
function checkPath(path: unknown, what: string): void {
  const leaves =
    typeof path !== 'string' ||
    path === '' ||
    path.includes('\0') ||
    path.split(/[/\\]/).includes('..') ||
    // An absolute path, a drive, or an address (`https:`).
    /^([/\\]|[a-zA-Z][a-zA-Z\d+.-]*:)/.test(path);
  if (leaves) {
    throw badFile(
      `${what} lies in ${JSON.stringify(path)}, which is not a file in the model's folder: it is not read`,
    );
  }
}

/** Files that are one run of bytes. */
interface Shards {
  readonly files: readonly Uint8Array[];
  /** Where each begins in the run. */
  readonly starts: readonly number[];
  readonly length: number;
}

function joined(files: readonly Uint8Array[]): Shards {
  const starts: number[] = [];
  let length = 0;
  for (const file of files) {
    starts.push(length);
    length += file.length;
  }
  return { files, starts, length };
}

function elementsAt(shards: Shards, start: number, size: number, as: Stored) {
  const type = stored[as];
  const length = size * type.BYTES_PER_ELEMENT;
  const at = shards.starts.findLastIndex((begin) => begin <= start);
  const file = shards.files[at];
  const inside = start - (shards.starts[at] ?? 0);
  if (file && inside + length <= file.length) {
    const place = file.byteOffset + inside;
    if (place % type.BYTES_PER_ELEMENT === 0) return new type(file.buffer as ArrayBuffer, place, size);
  }
  const bytes = new Uint8Array(length);
  for (const [index, part] of shards.files.entries()) {
    const from = start - shards.starts[index]!;
    const piece = part.subarray(Math.max(from, 0), Math.max(from + length, 0));
    if (piece.length > 0) bytes.set(piece, Math.max(-from, 0));
  }
  return new type(bytes.buffer);
}

function listOf(thing: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(thing)) throw badFile(`${what} is not a list`);
  return thing;
}

function objectOf(thing: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof thing !== 'object' || thing === null) throw badFile(`${what} is not an object`);
  return thing as Record<string, unknown>;
}

function badFile(message: string): SaliencyError {
  return new SaliencyError('bad-file', message);
}
