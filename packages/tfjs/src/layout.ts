/**
 * Layouts: in which order a tensor's axes lie in memory.
 *
 * Graphs say NCHW; convolutions and pools of tfjs want channels last. Instead of transposing around each of them,
 * every tensor of a plan carries a layout, and operators that don't care about the order follow it.
 *
 * `layout[p]` is the logical axis that lies at place `p`: an NCHW tensor kept as NHWC has the layout [0, 2, 3, 1].
 */
import { type Dim, sizeAt } from '@regional-saliency/core';

export type Layout = readonly number[];

/** Axes in their own order. */
export function standard(rank: number): Layout {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The second axis moved to the end. */
export function channelsLast(rank: number): Layout {
  return [0, ...standard(rank).slice(2), 1];
}

/** What a tensor of this (logical) shape looks like in memory. */
export function placedShape<T>(shape: readonly T[], layout: Layout): T[] {
  return layout.map((axis) => shape[axis]!);
}

/** The argument of `tf.transpose` that brings a tensor from one layout to another. */
export function permutationBetween(from: Layout, to: Layout): number[] {
  return to.map((axis) => from.indexOf(axis));
}

/** Whether two layouts put the elements in the same order; an axis of size 1 may lie anywhere. */
export function sameOrder(shape: readonly Dim[], a: Layout, b: Layout): boolean {
  const inA = a.filter((axis) => shape[axis] !== 1);
  const inB = b.filter((axis) => shape[axis] !== 1);
  return inA.every((axis, place) => axis === inB[place]);
}

/** The layout of `Transpose(x, perm)` where x's memory is left as it is. */
export function transposed(layout: Layout, perm: readonly number[]): Layout {
  return layout.map((axis) => perm.indexOf(axis));
}

/** The layout left when some axes disappear. */
export function without(layout: Layout, axes: readonly number[]): Layout {
  const left = layout.filter((axis) => !axes.includes(axis));
  const sorted = [...left].sort((a, b) => a - b);
  return left.map((axis) => sorted.indexOf(axis));
}

/** The layout of an operand of lower rank, whose axes are the last ones of a tensor in `layout`. */
export function trailing(layout: Layout, rank: number): Layout {
  const missing = layout.length - rank;
  return layout.filter((axis) => axis >= missing).map((axis) => axis - missing);
}

/**
 * The layout that a reshape gives where it leaves the memory as it is, or undefined where it can't.
 *
 * Input and output shape are cut into the shortest blocks of axes with equal products: [N, C, H, W] to [N, C, H·W] has
 * the blocks N, C and H, W. A reshape may run on any layout that keeps the axes of each block together and in order,
 * so channels-last stays channels-last there, and the Transpose that follows in a vision transformer costs nothing.
 */
export function reshaped(from: readonly Dim[], layout: Layout, to: readonly Dim[]): Layout | undefined {
  const blocks = blocksOf(from, to);
  if (!blocks) return undefined;
  const inMemory = layout.filter((axis) => from[axis] !== 1);
  const result: number[] = [];
  for (let place = 0; place < inMemory.length; ) {
    const block = blocks.find(({ ins }) => ins[0] === inMemory[place]);
    if (!block?.ins.every((axis, at) => axis === inMemory[place + at])) return undefined;
    result.push(...block.outs);
    place += block.ins.length;
  }
  // Axes of size 1 lie next to the axis before them, as far as there is one.
  for (const [axis, dim] of to.entries()) {
    if (dim === 1) result.splice(axis === 0 ? 0 : result.indexOf(axis - 1) + 1, 0, axis);
  }
  return result;
}

interface Block {
  ins: number[];
  outs: number[];
}

function blocksOf(from: readonly Dim[], to: readonly Dim[]): Block[] | undefined {
  // A large prime stands for N, so that sizes with and without it never agree by accident.
  const sizes = (shape: readonly Dim[]) => shape.map((dim) => sizeAt(dim, 1_000_003));
  const [a, b] = [sizes(from), sizes(to)];
  if (a.includes(0) || b.includes(0)) return undefined;
  const [insLeft, outsLeft] = [a, b].map((shape) => [...shape.keys()].filter((axis) => shape[axis] !== 1));
  const blocks: Block[] = [];
  while (insLeft!.length > 0 && outsLeft!.length > 0) {
    const block: Block = { ins: [insLeft!.shift()!], outs: [outsLeft!.shift()!] };
    let [left, right] = [a[block.ins[0]!]!, b[block.outs[0]!]!];
    while (left !== right) {
      const [side, axes, shape] =
        left < right ? ([insLeft, block.ins, a] as const) : ([outsLeft, block.outs, b] as const);
      const axis = side!.shift();
      if (axis === undefined) return undefined;
      axes.push(axis);
      if (left < right) left *= shape[axis]!;
      else right *= shape[axis]!;
    }
    blocks.push(block);
  }
  return insLeft!.length === 0 && outsLeft!.length === 0 ? blocks : undefined;
}
