/**
 * The score of an image with a window of it filled, recomputing only what the window reaches.
 *
 * Where a network is local, a window changes a few places of each layer. The image as it is passes through that part once,
 * and what a window changes is computed in patches: a layer reads its patch of the layer before, and what lies around it
 * as the image has it. Behind the local part, at the one value through which all goes on (the cut), the patch is put in
 * its place, and the rest is computed as ever. So scores are those of whole passes.
 *
 * After S. Nakandala, A. Kumar and Y. Papakonstantinou 2019, "Incremental and Approximate Inference for Faster
 * Occlusion-based Deep CNN Explanations", doi 10.1145/3299869.3319874.
 */
import {
  fixedSize,
  type Node,
  type Part,
  type PartContext,
  productOf,
  type RunPart,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import { type Extent, type Reading, readFor, sameExtent, windowsAt } from './extent';
import { type Area, localPart, MOVE, slidesOf } from './local';

/** Windows at each of some rows and each of some columns; what reaches over the lower or right edge is cut. */
export interface Windows {
  readonly tops: readonly number[];
  readonly lefts: readonly number[];
  readonly height: number;
  readonly width: number;
}

/**
 * A part of a procedure: the score of the image with a window filled with a number, [N]; `filledScores` runs it.
 *
 * @param windowsOf the windows over an image of a height and width
 * @param move what moving an element costs, in multiplications: decides where the local part ends
 */
export function filledWindow(
  id: string,
  windowsOf: (height: number, width: number) => Windows,
  fill: number,
  move = MOVE,
): Part {
  return {
    id,
    options: {},
    build: (context) => {
      const { g, model, output, input } = context;
      const [height, width] = [2, 3].map((axis) => fixedSize(input.shape[axis]!, 'the size of the input'));
      const windows = windowsOf(height!, width!);
      const area: Area = [
        windowsAt(windows.tops, windows.height, height!),
        windowsAt(windows.lefts, windows.width, width!),
      ];
      const { nodes, cut, areas } = localPart(model, output, input, area, move);
      const patches = patchesOf(context);
      const inside = patches.table(
        coveredOf(area[0], windows.tops, windows.height),
        coveredOf(area[1], windows.lefts, windows.width),
        'Mul',
      );
      const shape = [input.shape[0]!, 1, area[0].size, area[1].size];
      const covered = g.greater(g.reshape(inside, shape), g.scalar(0, 'int32'));
      const before = patches.around(input, readingOf(area[0]), readingOf(area[1]));
      patches.begin(input, g.where(covered, g.scalar(fill, input.dtype), before), area);
      for (const node of nodes) patches.follow(node, areas.get(node.outputs[0]!)!);
      const [rows, columns] = areas.get(cut)!;
      const whole = patches.read(cut, [allOf(rows), allOf(columns)], 0);
      return context.at(whole, cut).score();
    },
  };
}

/**
 * The score with each window filled, row by row.
 *
 * @param run runs the part that `filledWindow` made, by the name that its procedure gave it
 * @param batch how many windows go into one run
 */
export async function filledScores(
  run: RunPart,
  name: string,
  { tops, lefts }: Windows,
  { batch, progress }: { batch: number; progress?: ((done: number, total: number) => void) | undefined },
): Promise<Float64Array> {
  const count = tops.length * lefts.length;
  const scores = new Float64Array(count);
  for (let start = 0; start < count; start += batch) {
    const indices = Array.from({ length: Math.min(batch, count - start) }, (_, at) => start + at);
    const feed = (of: (index: number) => number): Tensor => ({
      data: Int32Array.from(indices, of),
      shape: [indices.length],
      dtype: 'int32',
    });
    const { data } = await run(name, {
      top: feed((index) => Math.floor(index / lefts.length)),
      left: feed((index) => index % lefts.length),
      row: feed((index) => index - start),
    });
    scores.set(Float64Array.from(data as Float32Array), start);
    progress?.(start + indices.length, count);
  }
  return scores;
}

/** What says that a place is not in a patch: far below 0, also when a place in the patch is added. */
const NOWHERE = -(2 ** 24);

/** A number for each window's place (row or column), and each place that is read for it. */
type Table = readonly (readonly number[])[];

/** The patches of the values of the local part, and how they are read. */
function patchesOf({ g, input, feed }: PartContext) {
  const count = input.shape[0]!;
  const [top, left, row] = ['top', 'left', 'row'].map((name) => feed(name, [], 'int32')) as [
    Value,
    Value,
    Value,
  ];
  // The values as the first image of the run has them; all are the same image.
  const first = g.constant(Int32Array.of(0), [1], 'int32');
  const base = new Map([[input, g.op('Gather', [input, first], { axis: 0 })]]);
  const patches = new Map<Value, { readonly value: Value; readonly area: Area }>();

  /** For each window of the run a number for each place of rows × columns, [N, rows · columns]. */
  const table = (rows: Table, columns: Table, op: 'Add' | 'Mul'): Value => {
    const chosen = (numbers: Table, which: Value) =>
      g.op(
        'Gather',
        [g.constant(Int32Array.from(numbers.flat()), [numbers.length, numbers[0]!.length], 'int32'), which],
        { axis: 0 },
      );
    const [down, right] = [rows[0]!.length, columns[0]!.length];
    const both = g.op(op, [
      g.reshape(chosen(rows, top), [count, down, 1]),
      g.reshape(chosen(columns, left), [count, 1, right]),
    ]);
    return g.reshape(both, [count, down * right]);
  };

  /** Rows of channels, one a place: [n, C, H, W] to [n · H · W, C]. */
  const places = (x: Value): Value => {
    const [n, channels, height, width] = x.shape;
    return g.reshape(g.transpose(x, [0, 2, 3, 1]), [productOf([n!, height!, width!]), channels!]);
  };

  /**
   * What of a value as the image has it is read for each window, [N, rows · columns, C]; `beyond` outside of it.
   *
   * @param hidden [N, rows · columns] bool: where to read 0 instead
   */
  const outer = (
    value: Value,
    [rows, columns]: readonly [Reading, Reading],
    beyond: number,
    hidden?: Value,
  ): Value => {
    const x = base.get(value)!;
    const [height, width] = x.shape.slice(2) as [number, number];
    // One more row and column, for all that lies beyond; and where that is not 0, another for zeros.
    const rim = (inner: Value, value: number) =>
      g.op('Pad', [inner], { pads: [0, 0, 0, 0, 0, 0, 1, 1], mode: 'constant', value });
    const padded = hidden && beyond !== 0 ? rim(rim(x, beyond), 0) : rim(x, beyond);
    const [paddedHeight, paddedWidth] = padded.shape.slice(2) as [number, number];
    const inside = (place: number, size: number) => (place >= 0 && place < size ? place : size);
    const indices = table(
      numbersOf(rows, (place) => inside(place, height) * paddedWidth),
      numbersOf(columns, (place) => inside(place, width)),
      'Add',
    );
    const zero = g.scalar(paddedHeight * paddedWidth - 1, 'int32');
    return g.op('Gather', [places(padded), hidden ? g.where(hidden, zero, indices) : indices], { axis: 0 });
  };

  /** What of a patch is read for each window, [N, rows · columns, C], and where it has nothing: 0 is read there. */
  const inner = (
    value: Value,
    [rows, columns]: Area,
    [down, right]: readonly [Reading, Reading],
  ): readonly [read: Value, missing: Value] => {
    const found = table(
      numbersOf(down, (place, at) => indexIn(rows, place, at) * columns.size),
      numbersOf(right, (place, at) => indexIn(columns, place, at)),
      'Add',
    );
    const missing = g.less(found, g.scalar(0, 'int32'));
    const size = rows.size * columns.size;
    const flat = g.transpose(g.reshape(value, [count, value.shape[1]!, size]), [0, 2, 1]);
    // A place of zeros behind each window's own.
    const padded = g.op('Pad', [flat], { pads: [0, 0, 0, 0, 1, 0], mode: 'constant', value: 0 });
    // Where a file has fixed the batch, a run is cut into such batches.
    const inBatch = typeof count === 'number' ? g.op('Mod', [row, g.scalar(count, 'int32')]) : row;
    const own = g.reshape(g.mul(inBatch, g.scalar(size + 1, 'int32')), [count, 1]);
    const index = g.add(g.where(missing, g.scalar(size, 'int32'), found), own);
    const all = g.reshape(padded, [productOf([count, size + 1]), value.shape[1]!]);
    return [g.op('Gather', [all, index], { axis: 0 }), missing];
  };

  const asImage = (x: Value, channels: Value, [rows, columns]: readonly [Reading, Reading]): Value =>
    g.reshape(g.transpose(x, [0, 2, 1]), [count, channels.shape[1]!, rows.count, columns.count]);

  /** What is read of a value for each window, its patch in its place: [N, C, rows, columns]. */
  const read = (value: Value, reading: readonly [Reading, Reading], beyond: number): Value => {
    const { value: patch, area } = patches.get(value)!;
    const [rows, columns] = area;
    if (isWithin(reading[0], rows) && isWithin(reading[1], columns)) return patch;
    const [known, missing] = inner(patch, area, reading);
    const hidden = g.op('Not', [missing]);
    // A sum, since one of them is 0 everywhere: choosing is several times slower on onnxruntime.
    return asImage(g.add(known, outer(value, reading, beyond, hidden)), value, reading);
  };

  return {
    table,
    read,
    around: (value: Value, rows: Reading, columns: Reading) =>
      asImage(outer(value, [rows, columns], 0), value, [rows, columns]),
    begin: (value: Value, patch: Value, area: Area) => patches.set(value, { value: patch, area }),
    /** The patch of a node's result, from those of what it reads. */
    follow: (node: Node, area: Area) => {
      const { op, inputs, attributes, outputs } = node;
      const was = inputs.map((value) => value && (base.get(value) ?? value));
      base.set(outputs[0]!, g.op(op, was, attributes));
      const slides = slidesOf(node);
      const reading: readonly [Reading, Reading] = slides
        ? [readFor(area[0], slides[0]), readFor(area[1], slides[1])]
        : [readingOf(area[0]), readingOf(area[1])];
      const beyond = op === 'MaxPool' ? Number.NEGATIVE_INFINITY : 0;
      const now = inputs.map((value) => (value && patches.has(value) ? read(value, reading, beyond) : value));
      // Its padding is among what was read.
      const unpadded = slides ? { ...attributes, pads: [0, 0, 0, 0] } : attributes;
      patches.set(outputs[0]!, { value: g.op(op, now, unpadded), area });
    },
  };
}

function readingOf({ starts, size }: Extent): Reading {
  return { first: starts, count: size };
}

function allOf({ starts, full }: Extent): Reading {
  return { first: starts.map(() => 0), count: full };
}

/** Whether what is read is just the patch. */
function isWithin({ first, count }: Reading, extent: Extent): boolean {
  return sameExtent({ starts: first, size: count, full: extent.full }, extent);
}

function numbersOf({ first, count }: Reading, of: (place: number, at: number) => number): Table {
  return first.map((start, at) => Array.from({ length: count }, (_, index) => of(start + index, at)));
}

function indexIn({ starts, size }: Extent, place: number, at: number): number {
  const index = place - starts[at]!;
  return index >= 0 && index < size ? index : NOWHERE;
}

/** 1 where a window covers, of the places that its patch has. */
function coveredOf(extent: Extent, begins: readonly number[], length: number): Table {
  return numbersOf(readingOf(extent), (place, at) =>
    Number(place >= begins[at]! && place < begins[at]! + length),
  );
}
