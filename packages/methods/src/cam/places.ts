/**
 * Where a layer's places are: which of its axes are height and width, or which of its tokens is which patch.
 *
 * Convolutions have [N, channels, h, w]; window transformers (Swin) keep [N, h, w, channels]; vision transformers have
 * [N, tokens, channels], a token a patch, row by row, behind class, distillation or register tokens. The axis of the
 * channels is read from the operators that made the value, not guessed from sizes.
 */
import { type Builder, type Dim, isFixed, nodesBehind, sameDim, type Value } from '@regional-saliency/core';

export interface Places {
  readonly height: number;
  readonly width: number;
  /** Tokens before the first patch. */
  readonly leading: number;
  /** The axis of the channels. */
  readonly axis: number;
  /** The layer's value, or anything of its shape (its gradient), as [N, channels, height, width]. */
  toGrid(g: Builder, value: Value): Value;
}

/** A vision transformer has few tokens besides its patches: a class token, one for distillation, four or eight registers. */
const MOST_LEADING = 9;

/** @returns undefined where a value has no places: another rank, or tokens that fill no grid */
export function placesOf(value: Value, input: Value): Places | undefined {
  const { shape } = value;
  if (!sameDim(shape[0] ?? 1, input.shape[0] ?? 1) || shape.slice(1).some((dim) => typeof dim !== 'number'))
    return undefined;
  const axis = channelAxis(value);
  if (shape.length === 4) {
    const last = axis === 3;
    const [height, width] = (last ? shape.slice(1, 3) : shape.slice(2)) as [number, number];
    const toGrid = (g: Builder, x: Value) => (last ? g.transpose(x, [0, 3, 1, 2]) : x);
    return { height, width, leading: 0, axis: last ? 3 : 1, toGrid };
  }
  if (shape.length !== 3) return undefined;
  const first = axis === 1;
  const [tokens, channels] = (first ? [shape[2], shape[1]] : shape.slice(1)) as [number, number];
  const grid = gridOf(value, tokens);
  if (!grid) return undefined;
  const { height, width } = grid;
  const leading = tokens - height * width;
  const toGrid = (g: Builder, x: Value) => {
    const patches = g.slice(x, [leading], [tokens], [first ? 2 : 1]);
    const planes = first ? patches : g.transpose(patches, [0, 2, 1]);
    return g.reshape(planes, [shape[0]!, channels, height, width]);
  };
  return { height, width, leading, axis: first ? 1 : 2, toGrid };
}

/** The grid whose patches the tokens are: the convolution's that cut them out, else a square. */
function gridOf(value: Value, tokens: number): { height: number; width: number } | undefined {
  const grids = nodesBehind([value])
    .filter(({ op }) => op === 'Conv')
    .map(({ outputs }) => outputs[0]!.shape.slice(2) as readonly Dim[])
    .filter(
      (size): size is [number, number] => size.length === 2 && size.every((dim) => typeof dim === 'number'),
    )
    .map(([height, width]) => ({ height, width, leading: tokens - height * width }))
    .filter(({ height, width, leading }) => height * width > 1 && leading >= 0 && leading <= MOST_LEADING)
    .sort((a, b) => a.leading - b.leading);
  if (grids[0]) return grids[0];
  const side = [tokens, tokens - 1].map(Math.sqrt).find((root) => root > 1 && Number.isInteger(root));
  return side === undefined ? undefined : { height: side, width: side };
}

/** Operators whose output has its channels along axis 1, whatever they read. */
const channelsFirst = new Set([
  'Conv',
  'ConvTranspose',
  'BatchNormalization',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
]);

/** The axis along which a value has its channels, as far as the operators behind it tell. */
export function channelAxis(value: Value, known = new Map<Value, number | undefined>()): number | undefined {
  if (known.has(value)) return known.get(value);
  const axis = axisFrom(value, known);
  known.set(value, axis);
  return axis;
}

function axisFrom(value: Value, known: Map<Value, number | undefined>): number | undefined {
  const { node, shape } = value;
  if (!node) return undefined;
  const rank = shape.length;
  if (channelsFirst.has(node.op)) return 1;
  if (node.op === 'Gemm') return rank - 1;
  if (node.op === 'MatMul' && node.inputs[1] && isFixed(node.inputs[1])) return rank - 1;
  const computed = node.inputs.filter((input): input is Value => input?.node !== undefined);
  if (node.op === 'Transpose') {
    const axis = computed[0] && channelAxis(computed[0], known);
    return axis === undefined ? undefined : (node.attributes.perm as number[]).indexOf(axis);
  }
  if (computed[0] && (computed[0].shape.length !== rank || node.op === 'Reshape')) {
    // A reshape that leaves everything up to the channels, or the channels at the end, as it was keeps their axis.
    const [from] = computed as [Value];
    const axis = channelAxis(from, known);
    if (axis === undefined) return undefined;
    if (axis === from.shape.length - 1 && sameDim(from.shape[axis]!, shape[rank - 1] ?? -1)) return rank - 1;
    const kept = from.shape.slice(0, axis + 1).every((dim, at) => sameDim(dim, shape[at] ?? -1));
    return kept ? axis : undefined;
  }
  for (const input of computed) {
    const axis = input.shape.length === rank ? channelAxis(input, known) : undefined;
    if (axis !== undefined) return axis;
  }
  return undefined;
}
