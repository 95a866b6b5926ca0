/**
 * Roles: what a node is for, told from the graph alone, never from names. LRP's composites read them.
 */
import { type Graph, type Node, nodesOf, readersOf, type Value } from './graph';

export type Role =
  /** A convolution, Gemm or MatMul with fixed weights. */
  | 'linear'
  /** A product of two computed matrices (attention). */
  | 'bilinear'
  /** The Add of a fixed bias that belongs to the MatMul before it. */
  | 'bias'
  /** A sum of computed values. */
  | 'residual'
  /** A product of computed values. */
  | 'gate'
  /** A normalisation that was not folded into a linear layer. */
  | 'norm'
  | 'activation'
  /** An average or a sum over places: average pooling, ReduceMean, ReduceSum, resampling. */
  | 'average';

const linearOperators = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const averages = new Set(['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'Resize']);
const norms = new Set(['BatchNormalization', 'InstanceNormalization', 'LayerNormalization']);
const activations = new Set([
  'Relu',
  'Clip',
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Sigmoid',
  'Tanh',
  'HardSigmoid',
  'HardSwish',
  'Softplus',
  'Softsign',
  'Swish',
  'Mish',
  'Gelu',
  'Softmax',
  'LogSoftmax',
]);

/** What is known of values that nodes compute: asked again at each node, a densely connected pass would never end. */
const fixedness = new WeakMap<Value, boolean>();

/** Whether a value is fixed: computed from constants only. */
export function isFixed(value: Value): boolean {
  if (value.constant) return true;
  if (!value.node) return false;
  const known = fixedness.get(value) ?? value.node.inputs.every((input) => !input || isFixed(input));
  fixedness.set(value, known);
  return known;
}

/** What a node is for, by itself. */
export function roleOf(node: Node): Role | undefined {
  const [a, b] = node.inputs;
  if (linearOperators.has(node.op)) return b && (isFixed(b) || (a && isFixed(a))) ? 'linear' : 'bilinear';
  if (averages.has(node.op)) return 'average';
  if (norms.has(node.op)) return 'norm';
  if (activations.has(node.op)) return 'activation';
  if (!a || !b) return undefined;
  const fixed = isFixed(a) ? a : isFixed(b) ? b : undefined;
  if (node.op === 'Add') {
    if (!fixed) return 'residual';
    const other = fixed === a ? b : a;
    return other.node?.op === 'MatMul' && roleOf(other.node) === 'linear' ? 'bias' : undefined;
  }
  if (node.op === 'Mul' && !fixed) return 'gate';
  return undefined;
}

/** The roles of a graph's nodes, and for each linear MatMul the bias that is added behind it. */
export interface Roles {
  readonly of: ReadonlyMap<Node, Role>;
  readonly biases: ReadonlyMap<Node, Value>;
}

/** What each node of a model is for; looked up once a model. */
export function rolesOf(graph: Graph): Roles {
  const of = new Map<Node, Role>();
  const biases = new Map<Node, Value>();
  const readers = readersOf(graph);
  for (const node of nodesOf(graph)) {
    const role = roleOf(node);
    if (role) of.set(node, role);
    if (role !== 'bias') continue;
    const [a, b] = node.inputs as [Value, Value];
    const [product, bias] = isFixed(a) ? [b, a] : [a, b];
    // Only the sole reader of a product can be its bias.
    if (readers.get(product)?.length === 1) biases.set(product.node!, bias);
    else of.delete(node);
  }
  return { of, biases };
}
