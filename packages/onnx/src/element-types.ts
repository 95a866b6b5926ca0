/** ONNX's codes of element types, and the types that tensors are held in here. */
import { type DType, SaliencyError } from '@regional-saliency/core';
import { TensorProto_DataType as DataType } from './generated/onnx_pb';

const dtypes: Partial<Record<DataType, DType>> = {
  [DataType.FLOAT]: 'float32',
  [DataType.DOUBLE]: 'float64',
  [DataType.FLOAT16]: 'float16',
  [DataType.BFLOAT16]: 'bfloat16',
  [DataType.INT8]: 'int8',
  [DataType.UINT8]: 'uint8',
  [DataType.INT16]: 'int16',
  [DataType.UINT16]: 'uint16',
  [DataType.INT32]: 'int32',
  [DataType.UINT32]: 'uint32',
  [DataType.INT64]: 'int64',
  [DataType.UINT64]: 'uint64',
  [DataType.BOOL]: 'bool',
};

/** The element type of a code. `what` names the tensor in the error. */
export function dtypeOfCode(code: DataType, what: string): DType {
  const dtype = dtypes[code];
  if (dtype) return dtype;
  const name = DataType[code];
  if (name === undefined || code === DataType.UNDEFINED) {
    throw new SaliencyError(
      'bad-file',
      `${what} has no valid element type (code ${code}): the file is damaged`,
    );
  }
  throw new SaliencyError(
    'unsupported',
    `${what} holds elements of type ${name}, which is not supported: convert the model to float32`,
  );
}

export function codeOfDtype(dtype: DType): DataType {
  for (const [code, name] of Object.entries(dtypes)) if (name === dtype) return Number(code) as DataType;
  throw new SaliencyError('unsupported', `ONNX has no element type ${dtype}`);
}

/** What a type is computed in: every kind of float becomes float32. */
export function computedIn(dtype: DType): DType {
  return dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64' ? 'float32' : dtype;
}
