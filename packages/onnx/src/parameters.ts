/**
 * Parameters that ONNX moved from attributes to inputs. In our graphs they are attributes; the reader takes them from the
 * inputs, the writer puts them back.
 */
export interface Parameter {
  readonly attribute: string;
  /** Which input holds it; all that come before the first parameter are data. */
  readonly at: number;
  /** A list of integers (or dimensions), one of floats, or one number of the type of the first input. */
  readonly kind: 'list' | 'floats' | 'number';
  /** The opset that moved it. */
  readonly since: number;
}

const list = (attribute: string, at: number, since: number): Parameter => ({
  attribute,
  at,
  kind: 'list',
  since,
});
const number = (attribute: string, at: number, since: number): Parameter => ({
  attribute,
  at,
  kind: 'number',
  since,
});

export const parametersOf: Readonly<Record<string, readonly Parameter[]>> = {
  Reshape: [list('shape', 1, 5)],
  Expand: [list('shape', 1, 8)],
  Tile: [list('repeats', 1, 6)],
  Squeeze: [list('axes', 1, 13)],
  Unsqueeze: [list('axes', 1, 13)],
  Slice: [list('starts', 1, 10), list('ends', 2, 10), list('axes', 3, 10), list('steps', 4, 10)],
  Split: [list('split', 1, 13)],
  Pad: [list('pads', 1, 11), number('value', 2, 11), list('axes', 3, 18)],
  Clip: [number('min', 1, 11), number('max', 2, 11)],
  Resize: [{ attribute: 'scales', at: 2, kind: 'floats', since: 11 }, list('sizes', 3, 11)],
  ReduceSum: [list('axes', 1, 13)],
  ReduceMean: [list('axes', 1, 18)],
  ReduceMax: [list('axes', 1, 18)],
  ReduceMin: [list('axes', 1, 18)],
  ReduceProd: [list('axes', 1, 18)],
  ReduceL1: [list('axes', 1, 18)],
  ReduceL2: [list('axes', 1, 18)],
  ReduceSumSquare: [list('axes', 1, 18)],
  ReduceLogSum: [list('axes', 1, 18)],
  ReduceLogSumExp: [list('axes', 1, 18)],
};
