/**
 * A model's bytes, with the weights copied once: from where they lie into the file.
 *
 * Messages come from the protobuf library; only the initializers, which are nearly all of a file, are placed by hand
 * between them.
 */
import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { SaliencyError } from '@regional-saliency/core';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './generated/onnx_pb';

/** Protobuf's limit on a message. */
const LARGEST_FILE = 2 ** 31 - 1;

/** The numbers of the fields that are written by hand. */
const GRAPH = ModelProtoSchema.field.graph.number;
const INITIALIZER = GraphProtoSchema.field.initializer.number;
const RAW_DATA = TensorProtoSchema.field.rawData.number;

export interface Weights {
  /** The tensor without its data. */
  readonly tensor: TensorProto;
  readonly data: Uint8Array;
}

/**
 * @param model the model without its graph
 * @param graph the graph without its initializers
 */
export function encodeModel(model: ModelProto, graph: GraphProto, weights: readonly Weights[]): Uint8Array {
  const pieces: Uint8Array[] = [toBinary(GraphProtoSchema, graph)];
  for (const { tensor, data } of weights) {
    const head = toBinary(TensorProtoSchema, tensor);
    const before = prefix(RAW_DATA, data.length);
    pieces.push(prefix(INITIALIZER, head.length + before.length + data.length), head, before, data);
  }
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const outer = toBinary(ModelProtoSchema, model);
  if (outer.length + size + 16 > LARGEST_FILE) {
    throw new SaliencyError(
      'unsupported',
      `the model would take ${(size / 1e9).toFixed(1)} GB, and an ONNX file holds at most 2 GB without external data`,
    );
  }
  return joined([outer, prefix(GRAPH, size), ...pieces]);
}

/** What stands before a field of the given number of bytes. */
function prefix(field: number, length: number): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(length).finish();
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
