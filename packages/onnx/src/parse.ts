/** From bytes to the messages of a model, with the checks that need no understanding of its operators. */
import { fromBinary } from '@bufbuild/protobuf';
import { SaliencyError } from '@regional-saliency/core';
import { checkParsed } from './budget';
import { type GraphProto, type ModelProto, ModelProtoSchema } from './generated/onnx_pb';
import { weigh } from './weigh';

/** The oldest opset whose operators are understood. */
const OLDEST_OPSET = 7;

export interface ParsedModel {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  /** Versions of the operators by domain; ONNX's own domain is ''. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** @throws SaliencyError `bad-file` where the bytes are no whole ONNX file, or one that takes many times its size when it is parsed */
export function parseModel(bytes: Uint8Array): ParsedModel {
  checkParsed(bytes.length, weigh(bytes, ModelProtoSchema));
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('recursion depth')) {
      throw new SaliencyError(
        'bad-file',
        'the file nests graphs deeper than a protobuf may (100 messages): export the model without branches in branches',
        { cause },
      );
    }
    throw new SaliencyError('bad-file', 'this is not an ONNX file, or it is truncated', { cause });
  }
  const { graph } = model;
  if (!graph || (graph.node.length === 0 && graph.output.length === 0)) {
    throw new SaliencyError('bad-file', 'this is not an ONNX file, or it is truncated: it holds no graph');
  }
  if (model.opsetImport.length === 0) {
    throw new SaliencyError('bad-file', 'the file says no opset: it is truncated, or not an ONNX model');
  }
  const opsets = opsetsOf(model.opsetImport);
  const opset = opsets.get('');
  if (opset !== undefined && opset < OLDEST_OPSET) {
    throw new SaliencyError(
      'unsupported',
      `the model uses opset ${opset}, and ${OLDEST_OPSET} is the oldest that is supported: convert it with onnx.version_converter`,
    );
  }
  if (graph.output.length === 0) throw new SaliencyError('bad-file', 'the graph has no output');
  if (graph.sparseInitializer.length > 0) {
    throw new SaliencyError('unsupported', 'the model holds sparse tensors, which are not supported');
  }
  return { model, graph, opsets };
}

export function opsetsOf(imports: readonly { domain: string; version: bigint }[]): Map<string, number> {
  return new Map(imports.map(({ domain, version }) => [domainOf(domain), Number(version)]));
}

/** ONNX's own domain has two spellings. */
export function domainOf(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}
