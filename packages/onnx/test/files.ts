/** Small ONNX files made for a test, from the format's own messages. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { DType } from '@regional-saliency/core';
import { codeOfDtype } from '../src/element-types';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../src/generated/onnx_pb';

const text = new TextEncoder();

type Plain = number | string | readonly number[] | TensorProto | GraphProto;

/** Whole numbers are INT; give floats as `{ f: 1 }`. */
export function attribute(name: string, value: Plain | { f: number } | { floats: number[] }): AttributeProto {
  const make = (type: AttributeType, content: object) =>
    create(AttributeProtoSchema, { name, type, ...content });
  if (typeof value === 'number') return make(AttributeType.INT, { i: BigInt(value) });
  if (typeof value === 'string') return make(AttributeType.STRING, { s: text.encode(value) });
  if (Array.isArray(value)) return make(AttributeType.INTS, { ints: value.map(BigInt) });
  if ('$typeName' in value && value.$typeName === 'onnx.GraphProto')
    return make(AttributeType.GRAPH, { g: value });
  if ('$typeName' in value) return make(AttributeType.TENSOR, { t: value });
  if ('floats' in value) return make(AttributeType.FLOATS, { floats: value.floats });
  return make(AttributeType.FLOAT, { f: (value as { f: number }).f });
}

export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, Parameters<typeof attribute>[1]> = {},
  more: { name?: string; domain?: string } = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...more,
  });
}

/** A dimension is a size, a name, or null where nothing is said. */
export function info(
  name: string,
  shape: (number | string | null)[] | undefined,
  dtype: DType = 'float32',
): ValueInfoProto {
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : size === null
          ? { case: undefined }
          : { case: 'dimParam' as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: codeOfDtype(dtype), ...(dim && { shape: { dim } }) } },
    },
  });
}

/** A tensor with its elements in the list of its type. */
export function listed(
  name: string,
  shape: number[],
  data: readonly number[],
  dtype: DType = 'float32',
): TensorProto {
  const list = { float32: 'floatData', float64: 'doubleData', int64: 'int64Data', uint32: 'uint64Data' }[
    dtype as string
  ];
  const big = dtype === 'int64' || dtype === 'uint32';
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: codeOfDtype(dtype),
    [list ?? 'int32Data']: big ? data.map(BigInt) : [...data],
  });
}

export interface FileParts {
  nodes: NodeProto[];
  inputs: ValueInfoProto[];
  outputs?: string[];
  initializers?: TensorProto[];
  functions?: FunctionProto[];
  opset?: number;
  metadata?: Record<string, string>;
}

export function file(parts: FileParts): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      producerName: 'a test',
      opsetImport: [{ domain: '', version: BigInt(parts.opset ?? 18) }],
      functions: parts.functions ?? [],
      metadataProps: Object.entries(parts.metadata ?? {}).map(([key, value]) => ({ key, value })),
      graph: graph(parts),
    }),
  );
}

export function graph({
  nodes,
  inputs,
  outputs = ['y'],
  initializers = [],
}: Omit<FileParts, 'functions'>): GraphProto {
  return create(GraphProtoSchema, {
    name: 'graph',
    node: nodes,
    input: inputs,
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
    initializer: initializers,
  });
}
