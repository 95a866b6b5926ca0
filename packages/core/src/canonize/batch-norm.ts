/**
 * Folds batch normalisation into the convolution or linear layer before it: the same values from one node less, and
 * what LRP's rules for linear layers presuppose.
 */
import { intOf } from '../attributes';
import type { Builder } from '../builder';
import { type Graph, type Node, nodesOf, readersOf, type Value } from '../graph';
import { rewrite } from '../rewrite';
import { type Constant, sizeOf } from '../tensor';

const foldable = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** @param keep values that must stay as they are because somebody asks for them */
export function foldBatchNorms(graph: Graph, keep: ReadonlySet<Value>): Graph {
  const readers = readersOf(graph);
  const outputs = new Set(Object.values(graph.outputs));
  const moved = new Map<Value, Value>();
  for (const node of nodesOf(graph)) {
    const linear = linearBefore(node);
    if (!linear) continue;
    const inner = linear.outputs[0]!;
    if (readers.get(inner)!.length > 1 || outputs.has(inner) || keep.has(inner)) continue;
    moved.set(inner, node.outputs[0]!);
  }
  if (moved.size === 0) return graph;
  // A name of a value that disappears now means what took its place.
  const names = new Map([...graph.names].map(([name, value]) => [name, moved.get(value) ?? value]));
  return rewrite({ ...graph, names }, (g, node, inputs) => {
    const inner = node.inputs[0];
    if (!inner || moved.get(inner) !== node.outputs[0]) return undefined;
    const linear = inputs[0]!.node!;
    return [foldBatchNorm(g, node, linear, linear.inputs)];
  });
}

/** The linear node whose result a batch norm may be folded into: constant parameters on both. */
function linearBefore(norm: Node): Node | undefined {
  if (norm.op !== 'BatchNormalization' || !norm.inputs.slice(1).every((input) => input?.constant))
    return undefined;
  const linear = norm.inputs[0]!.node;
  if (
    !linear ||
    !foldable.has(linear.op) ||
    !linear.inputs.slice(1).every((input) => !input || input.constant)
  ) {
    return undefined;
  }
  // A Gemm's C may be any shape that broadcasts; only a bias a column is folded.
  const bias = linear.inputs[2];
  return bias && bias.shape.length !== 1 ? undefined : linear;
}

/** The linear node (its inputs as they now are) with the norm's scale and shift in its weights and bias. */
function foldBatchNorm(g: Builder, norm: Node, linear: Node, inputs: readonly (Value | undefined)[]): Value {
  const [x, weights, bias] = inputs as [Value, Value, Value | undefined];
  const group = linear.op === 'ConvTranspose' ? intOf(linear.attributes, 'group') : 1;
  const transB = linear.op === 'Gemm' && linear.attributes.transB === 0;
  const axis = linear.op === 'ConvTranspose' || transB ? 1 : 0;
  const parameters = normParameters(norm);
  const scaledWeights = scaleAlong(weights.constant!, axis, group, parameters);
  const alpha = linear.op === 'Gemm' ? intOf(linear.attributes, 'beta') : 1;
  const newBias = shiftBias(bias?.constant, alpha, norm.inputs[1]!.shape as number[], parameters);
  const attributes = linear.op === 'Gemm' ? { ...linear.attributes, beta: 1 } : linear.attributes;
  return g.op(
    linear.op,
    [x, g.constantOf(scaledWeights, weights.name), g.constantOf(newBias, bias?.name)],
    attributes,
    {
      name: linear.name,
      scopes: linear.scopes,
      outputs: [norm.outputs[0]!.name],
    },
  );
}

interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** y = scale · x + shift, in float64, read when needed. */
function normParameters(norm: Node): () => Affine {
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((input) => input!.constant!) as [
    Constant,
    Constant,
    Constant,
    Constant,
  ];
  const epsilon = intOf(norm.attributes, 'epsilon');
  return () => {
    const [g, b, m, v] = [gamma, beta, mean, variance].map((constant) => constant.read() as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const scale = Float64Array.from(g, (value, i) => value / Math.sqrt(v[i]! + epsilon));
    return { scale, shift: Float64Array.from(b, (value, i) => value - m[i]! * scale[i]!) };
  };
}

/** Weights times the scale of the output channel they belong to, which runs along `axis` (within each group). */
function scaleAlong(weights: Constant, axis: number, group: number, parameters: () => Affine): Constant {
  const { shape } = weights;
  const inner = sizeOf(shape.slice(axis + 1));
  const along = shape[axis]!;
  const perGroup = sizeOf(shape) / group;
  return {
    dtype: 'float32',
    shape,
    read: () => {
      const { scale } = parameters();
      const result = Float32Array.from(weights.read() as Float32Array);
      // Runs of `inner` elements share a channel.
      for (let start = 0; start < result.length; start += inner) {
        const channel = ((start / inner) % along) + (group > 1 ? Math.floor(start / perGroup) * along : 0);
        const factor = scale[channel]!;
        for (let at = start; at < start + inner; at++) result[at] = result[at]! * factor;
      }
      return result;
    },
  };
}

function shiftBias(
  bias: Constant | undefined,
  beta: number,
  shape: readonly number[],
  parameters: () => Affine,
): Constant {
  return {
    dtype: 'float32',
    shape,
    read: () => {
      const { scale, shift } = parameters();
      const old = bias?.read() as Float32Array | undefined;
      return Float32Array.from(
        scale,
        (factor, at) => (old ? beta * old[old.length === 1 ? 0 : at]! * factor : 0) + shift[at]!,
      );
    },
  };
}
