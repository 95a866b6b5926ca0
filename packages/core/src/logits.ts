/**
 * The scores in front of the softmax or sigmoid that ends a model. A probability near 1 hardly moves, so that its gradient
 * is mostly rounding, and it falls when another class gains; what speaks for a class is its logit (Simonyan et al. 2014,
 * arXiv 1312.6034, explain it for that reason).
 */
import { SaliencyError } from './errors';
import { describeNode, type Graph, type Node, readersOf, type Value } from './graph';
import { rewrite } from './rewrite';

const ends = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** What may stand behind it: the same numbers, told otherwise. */
const keepsNumbers = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Cast']);

/**
 * The model without the softmax, log-softmax or sigmoid at its end: its outputs, by the same names, are logits. Outputs that
 * end otherwise stay as they are; so does a function whose value something else reads too.
 *
 * @throws SaliencyError `unsupported` where no output ends so
 *
 * @example
 * const explainer = await createExplainer(logitsOf(readLayersModel(model)), { backend, method: gradCam() });
 */
export function logitsOf(model: Graph): Graph {
  const outputs = Object.values(model.outputs);
  const readers = readersOf(model);
  const last = new Set(outputs.map((output) => endOf(output, readers)).filter((node) => node !== undefined));
  if (last.size === 0) {
    const made = outputs.map(({ node }) => (node ? describeNode(node) : 'no node')).join(', ');
    throw new SaliencyError(
      'unsupported',
      `no output of the model ends in a softmax or a sigmoid (but in ${made}), so explain the model as it is`,
    );
  }
  return rewrite(model, (_g, node, inputs) => (last.has(node) ? [inputs[0]!] : undefined));
}

function endOf(output: Value, readers: ReadonlyMap<Value, readonly Node[]>): Node | undefined {
  let { node } = output;
  for (let read = 0; node && (readers.get(node.outputs[0]!)?.length ?? 0) <= read; read = 1) {
    if (ends.has(node.op)) return node;
    if (!keepsNumbers.has(node.op)) return undefined;
    node = node.inputs[0]?.node;
  }
  return undefined;
}
