/** Which values can never be negative, by how they are computed: lets LRP leave out the branch for negative inputs. */
import type { Value } from './graph';

/** Operators whose result is never negative, whatever they read. */
const always = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Exp', 'Abs', 'Sqrt', 'Softplus']);

/** Operators whose result is not negative if nothing they read is. */
const ifInputsAre = new Set([
  'Identity',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'ReduceSum',
  'ReduceProd',
  'ReduceMax',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Concat',
  'Slice',
  'Split',
  'Add',
  'Mul',
  'Div',
  'Max',
  'DepthToSpace',
]);

/** Remembers its answers; make one for a graph. */
export function nonNegativity(): (value: Value) => boolean {
  const known = new Map<Value, boolean>();
  const ask = (value: Value): boolean => {
    let answer = known.get(value);
    if (answer === undefined) {
      known.set(value, false);
      answer = decide(value);
      known.set(value, answer);
    }
    return answer;
  };
  const decide = ({ node, constant, dtype }: Value): boolean => {
    if (constant) {
      // Half floats are held as bit patterns, of which none is negative.
      const plain = dtype === 'float32' || dtype === 'float64';
      return plain && (constant.read() as Float32Array).every((x) => x >= 0);
    }
    if (!node) return false;
    if (always.has(node.op)) return true;
    if (node.op === 'Clip') return ((node.attributes.min as number | undefined) ?? -1) >= 0;
    if (node.op === 'Resize') return node.attributes.mode !== 'cubic' && ask(node.inputs[0]!);
    if (node.op === 'Pad') {
      const mode = node.attributes.mode;
      return ask(node.inputs[0]!) && (mode !== 'constant' || (node.attributes.value as number) >= 0);
    }
    return ifInputsAre.has(node.op) && node.inputs.every((input) => !input || ask(input));
  };
  return ask;
}
