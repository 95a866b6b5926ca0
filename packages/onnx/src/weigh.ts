/**
 * What a file's messages take in memory once they are parsed, counted on its bytes before anything is made of them: two bytes
 * of an empty node become an object of some hundred, one byte of a list of integers a bigint.
 *
 * Protocol Buffers' wire format: https://protobuf.dev/programming-guides/encoding.
 */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';

/** Bytes, as measured in V8 on lists of two million. */
const MESSAGE = 300;
const BIGINT = 32;
const NUMBER = 16;
const TEXT = 48;
const VIEW = 120;

const LONG = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

const fields = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(message: DescMessage): ReadonlyMap<number, DescField> {
  const known = fields.get(message);
  if (known) return known;
  const made = new Map(message.fields.map((field) => [field.number, field]));
  fields.set(message, made);
  return made;
}

/** Nested deeper, a file is refused when it is parsed. */
const DEEPEST = 100;

/**
 * @returns bytes. Damaged files are counted up to the damage, which parsing then finds
 */
export function weigh(bytes: Uint8Array, message: DescMessage): number {
  return weighed(bytes, 0, bytes.length, message, 0);
}

function weighed(bytes: Uint8Array, start: number, end: number, message: DescMessage, depth: number): number {
  let total = MESSAGE;
  if (depth > DEEPEST) return total;
  const known = fieldsOf(message);
  let at = start;
  /** A number of at most 2⁵³; NaN where it runs over the end. */
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < end) {
    const tag = varint();
    const field = known.get(Math.floor(tag / 8));
    const wire = tag % 8;
    if (wire === 2) {
      const length = varint();
      const stop = at + length;
      if (!(stop <= end)) return total;
      if (field) total += weighedField(bytes, at, stop, field, depth);
      at = stop;
      continue;
    }
    if (wire === 0) varint();
    else if (wire === 5) at += 4;
    else if (wire === 1) at += 8;
    // Groups are not ONNX's; parsing says so.
    else return total;
    if (field) total += costOf(field);
  }
  return total;
}

function weighedField(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: DescField,
  depth: number,
): number {
  if (field.message) return weighed(bytes, start, end, field.message, depth + 1);
  if (field.scalar === ScalarType.STRING) return TEXT + 2 * (end - start);
  // Contents are views of the file.
  if (field.scalar === ScalarType.BYTES) return VIEW;
  // A packed list.
  if (field.scalar === ScalarType.FLOAT) return ((end - start) / 4) * NUMBER;
  if (field.scalar === ScalarType.DOUBLE) return ((end - start) / 8) * NUMBER;
  let count = 0;
  for (let at = start; at < end; at++) if (bytes[at]! < 128) count++;
  return count * costOf(field);
}

function costOf(field: DescField): number {
  return field.scalar !== undefined && LONG.has(field.scalar) ? BIGINT : NUMBER;
}
