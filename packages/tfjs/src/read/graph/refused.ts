/** Why an operator that tfjs runs can't be read here, and what to do; what OPERATORS.md and error messages say. */

const MOVED = 'cut the model at its inputs (outputs in the signature of the SavedModel), which are explained';
const STATE = 'convert the model with its control flow frozen or unrolled';
const WORDS = 'it is about words, not images: feed the model what it gives';
const COMPLEX = 'complex numbers have no relevance here';
const DRAWN = 'it draws numbers at each run: save the model for inference';
const ONNX = 'convert the model to ONNX, which has a form of it that is read';
const ANEW = 'save the model anew: TensorFlow writes it in other operators, or as a constant';

const reasons: Readonly<Record<string, string>> = {
  ...of(MOVED, 'TopKV2 Unique UniqueV2 Where ListDiff LowerBound UpperBound Bincount DenseBincount'),
  ...of(
    MOVED,
    'NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 CropAndResize',
  ),
  ...of(
    MOVED,
    'ScatterNd SparseToDense TensorScatterUpdate ImageProjectiveTransformV3 BitwiseAnd Cumprod Dilation2D MatrixBandPart',
  ),
  ...of(COMPLEX, 'Complex ComplexAbs Imag Real FFT IFFT RFFT IRFFT'),
  ...of(DRAWN, 'RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal Multinomial'),
  ...of(ONNX, 'Einsum LRN OneHot Cumsum'),
  ...of(ANEW, 'Conv1D Ones Zeros Reverse LinSpace BroadcastArgs'),
  NoOp: 'it computes nothing',
};

/** Categories of tfjs-converter's list of which no operator is read. */
const families: Readonly<Record<string, string>> = {
  control: STATE,
  dynamic: MOVED,
  hash_table: WORDS,
  ragged: WORDS,
  sparse: WORDS,
  string: WORDS,
  tfdf: 'decision forests have no gradient',
};

function of(reason: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, reason]));
}

/** @returns undefined where nothing better than "not supported" is known */
export function reasonFor(op: string, family?: string): string | undefined {
  return Object.hasOwn(reasons, op) ? reasons[op] : family && families[family];
}
