/** Attributes of a file's node as plain values. */
import { type Attribute, type Attributes, SaliencyError } from '@regional-saliency/core';
import { type AttributeProto, AttributeProto_AttributeType as Type } from './generated/onnx_pb';
import { type ExternalLoader, tensorOf } from './tensors';

const text = new TextDecoder();

/** Graphs (the branches of an If) are not among them: the reader takes those from the node itself. */
export function attributesOf(protos: readonly AttributeProto[], external: ExternalLoader): Attributes {
  const attributes: Record<string, Attribute> = {};
  for (const proto of protos) {
    if (Object.hasOwn(attributes, proto.name)) {
      throw new SaliencyError('bad-file', `the attribute "${proto.name}" is there twice`);
    }
    const value = attributeOf(proto, external);
    if (value !== undefined) attributes[proto.name] = value;
  }
  return attributes;
}

/** ONNX says "to the end" by the largest integer; beyond what is exact here, all mean that. */
function numberOf(integer: bigint): number {
  const number = Number(integer);
  return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

function attributeOf(proto: AttributeProto, external: ExternalLoader): Attribute | undefined {
  switch (proto.type) {
    case Type.FLOAT:
      return proto.f;
    case Type.INT:
      return numberOf(proto.i);
    case Type.STRING:
      return text.decode(proto.s);
    case Type.FLOATS:
      return proto.floats;
    case Type.INTS:
      return proto.ints.map(numberOf);
    case Type.STRINGS:
      return proto.strings.map((item) => text.decode(item));
    case Type.TENSOR:
      if (!proto.t) throw new SaliencyError('bad-file', `the attribute "${proto.name}" holds no tensor`);
      return tensorOf(proto.t, external);
    case Type.GRAPH:
    case Type.GRAPHS:
      return undefined;
    case Type.UNDEFINED:
      throw new SaliencyError('bad-file', `the attribute "${proto.name}" says no type`);
    default:
      throw new SaliencyError(
        'unsupported',
        `the attribute "${proto.name}" is of the type ${Type[proto.type] ?? proto.type}, which is not supported`,
      );
  }
}
