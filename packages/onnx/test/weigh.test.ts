import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ModelProtoSchema, NodeProtoSchema, TensorProtoSchema } from '../src/generated/onnx_pb';
import { readOnnx } from '../src/index';
import { weigh } from '../src/weigh';

/** A model's bytes whose graph holds these, each a field of the graph by number and contents. */
function withFields(count: number, field: number, contents: Uint8Array): Uint8Array {
  const part = Uint8Array.of((field << 3) | 2, contents.length, ...contents);
  const graph = new Uint8Array(count * part.length);
  for (let at = 0; at < count; at++) graph.set(part, at * part.length);
  const length: number[] = [];
  for (let rest = graph.length; rest > 0; rest = Math.floor(rest / 128))
    length.push((rest % 128) | (rest >= 128 ? 128 : 0));
  return concat(Uint8Array.of((7 << 3) | 2, ...length), graph);
}

function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

describe('what a file’s messages take once parsed', () => {
  it('is counted for a million nodes without contents, which are refused before they are made', () => {
    const bytes = withFields(1e6, 1, new Uint8Array());
    expect(bytes.length).toBeLessThan(2.1e6);
    expect(weigh(bytes, ModelProtoSchema)).toBeGreaterThan(250e6);
    expect(() => readOnnx(bytes)).toThrow(
      /the file's messages take 3\d\d MB once parsed, and a file of 2.0 MB may take/,
    );
  });

  it('is counted for lists of integers of a byte each', () => {
    const list = toBinary(TensorProtoSchema, create(TensorProtoSchema, { int64Data: Array(100).fill(1n) }));
    const bytes = withFields(40_000, 5, list);
    expect(weigh(bytes, ModelProtoSchema)).toBeGreaterThan(40_000 * 100 * 32);
    expect(() => readOnnx(bytes)).toThrow(/messages take/);
  });

  it('grows by what is written, and damage ends the count without an error', () => {
    const bytes = toBinary(
      NodeProtoSchema,
      create(NodeProtoSchema, { input: ['a', 'b'], output: ['c'], opType: 'Add' }),
    );
    const whole = weigh(bytes, NodeProtoSchema);
    expect(whole).toBeGreaterThan(weigh(new Uint8Array(), NodeProtoSchema));
    for (let length = 0; length < bytes.length; length++)
      expect(weigh(bytes.subarray(0, length), NodeProtoSchema)).toBeLessThanOrEqual(whole);
  });

  const folder = new URL('./fixtures/', import.meta.url);
  it.runIf(existsSync(folder))('leaves ordinary files far below what they may take', () => {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.onnx'))) {
      const bytes = readFileSync(new URL(name, folder));
      expect(weigh(bytes, ModelProtoSchema)).toBeLessThan(10e6);
    }
  });
});
