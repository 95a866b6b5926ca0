/**
 * Convolution, its input gradient and its transpose.
 *
 * All three end in tfjs's forward convolution of channels-last tensors. tfjs's own gradient kernel runs at a twentieth
 * of its speed on wasm, so the gradient of a stride-1 convolution is the convolution with the flipped kernel; with a
 * stride s, input places that are equal modulo s (a phase) see the same taps of the kernel, and each phase is a
 * stride-1 convolution of its own. The phases are then interleaved.
 */
import { fixedSize, type Node } from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import { interleave, padAxes, sliceAxis, transposeOf } from '../moves';
import type { Kernel, Kit, Slot } from '../plan';
import { type Around, direct, isDirect } from './direct';
import {
  channelsOf,
  givePlane,
  type Pair,
  type PlaneWindow,
  padPlane,
  planeInput,
  planeSizes,
  planeWindow,
  product,
} from './window';
import { winograd, winogradPays } from './winograd';

export const Conv: Kernel = (kit) => {
  const { node } = kit;
  const window = planeWindow(node);
  const group = node.attributes.group as number;
  const channels = channelsOf(kit.value(0).shape);
  const bias = kit.has(2) ? kit.input(2) : undefined;
  const relu = fusableRelu(kit);
  const finish = { bias, relu: relu !== undefined };
  const x = planeInput(kit, 0);
  const weights = weightsOf(kit);
  const pads: [Pair, Pair] = [window.begins, window.ends];
  const convolved =
    group === channels && group > 1
      ? depthwise(
          kit,
          x,
          depthwiseFilter(kit, weights, channels),
          window.strides,
          window.dilations,
          pads,
          finish,
        )
      : grouped(
          kit,
          x,
          weights,
          group,
          (part, filter, widths, own) => {
            const shape = [...window.kernel, ...widths];
            return convolve(kit, part, filter, window.strides, window.dilations, pads, { ...own, shape });
          },
          finish,
        );
  givePlane(kit, convolved, relu ?? node);
};

export const ConvGrad: Kernel = (kit) => {
  const { node } = kit;
  const spatial = node.attributes.spatial as number[];
  const sizes: Pair = [spatial.at(-2) ?? 1, spatial.at(-1)!];
  givePlane(kit, inputGradient(kit, planeWindow(node), node.attributes.group as number, sizes));
};

/** The input gradient of a convolution from this node's output to its input, plus a bias. */
export const ConvTranspose: Kernel = (kit) => {
  const { node } = kit;
  const sizes = planeSizes(node.outputs[0]!);
  const spread = inputGradient(kit, planeWindow(node), node.attributes.group as number, sizes);
  givePlane(kit, kit.has(2) ? kit.step([spread, kit.input(2)], (y, bias) => tf.add(y, bias)) : spread);
};

/** A Relu that alone reads the result: tfjs convolves and clamps in one pass. */
function fusableRelu(kit: Kit): Node | undefined {
  const reader = kit.soleReader();
  return reader?.op === 'Relu' ? reader : undefined;
}

/** The weights as tfjs wants them, [kh, kw, C/group, M]. */
function weightsOf(kit: Kit): Slot {
  const { shape } = kit.value(1);
  if (shape.length === 4) return kit.input(1, [2, 3, 1, 0]);
  const [m, c, width] = shape.map((dim) => fixedSize(dim, 'a weight size')) as [number, number, number];
  return kit.step([kit.input(1, [2, 1, 0])], (w) => tf.reshape(w, [1, width, c, m]));
}

/** What follows the convolution itself: its bias and a Relu. */
interface Finish {
  readonly bias?: Slot | undefined;
  readonly relu?: boolean;
}

/**
 * A convolution that tfjs may not know: with stride and dilation, or with negative pads.
 *
 * @param shape the kernel's, in tfjs's order
 */
function convolve(
  kit: Kit,
  x: Slot,
  filter: Slot,
  strides: Pair,
  dilations: Pair,
  [begins, ends]: [Pair, Pair],
  { bias, relu, shape }: Finish & { readonly shape: readonly number[] },
): Slot {
  const { input, pads, rows, columns } = prepare(kit, x, begins, ends);
  const { simd, name } = kit.target;
  if (simd && filter.fixed && isDirect(shape)) {
    const around: Around = {
      ...{ strides, dilations, bias, relu },
      begins: [rows[0], columns[0]],
      ends: [rows[1], columns[1]],
    };
    const kernel = winogradPays(shape, around) ? winograd : direct;
    return kernel(kit, simd, input, filter, shape, around);
  }
  const dense = isDense(strides, dilations, name === 'tensorflow');
  const slots = bias ? [input, filter, bias] : [input, filter];
  return kit.step(slots, (image, kernel, shift) => {
    const y = tf.fused.conv2d({
      x: image as tf.Tensor4D,
      filter: kernel as tf.Tensor4D,
      strides: dense ? 1 : strides,
      pad: pads,
      dilations,
      ...(shift && { bias: shift }),
      activation: relu ? 'relu' : 'linear',
    });
    return dense ? everyOther(y, strides) : y;
  });
}

/** One filter a channel, [kh, kw, C, multiplier]. */
export function depthwise(
  kit: Kit,
  x: Slot,
  given: Slot,
  strides: Pair,
  wanted: Pair,
  [begins, ends]: [Pair, Pair],
  { bias, relu }: Finish = {},
): Slot {
  const { input, pads } = prepare(kit, x, begins, ends);
  // TensorFlow dilates only where the processor has it use oneDNN (with AVX-512): elsewhere zeros are put between the taps.
  const spread = kit.target.name === 'tensorflow' && product(wanted) > 1;
  const filter = spread ? kit.step([given], (kernel) => spreadTaps(kernel, wanted)) : given;
  const dilations = spread ? ONE : wanted;
  const dense = isDense(strides, dilations, true);
  const slots = bias ? [input, filter, bias] : [input, filter];
  return kit.step(slots, (image, kernel, shift) => {
    const y = tf.fused.depthwiseConv2d({
      x: image as tf.Tensor4D,
      filter: kernel as tf.Tensor4D,
      strides: dense ? 1 : strides,
      // Its declaration leaves out explicit pads; every backend takes them.
      pad: pads as unknown as 'valid',
      dilations,
      ...(shift && { bias: shift }),
      activation: relu ? 'relu' : 'linear',
    });
    return dense ? everyOther(y, strides) : y;
  });
}

/** A kernel [kh, kw, C, M] with its taps as far apart as they are dilated, zeros between. */
function spreadTaps(kernel: tf.Tensor, dilations: Pair): tf.Tensor {
  return dilations.reduce((taps: tf.Tensor, dilation, axis) => {
    const { shape } = taps;
    const [before, after] = [product(shape.slice(0, axis + 1)), product(shape.slice(axis + 1))];
    const apart = padAxes(tf.reshape(taps, [before, 1, after]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
    const count = shape[axis]!;
    const wide = tf.reshape(apart, shape.with(axis, count * dilation));
    return sliceAxis(wide, axis, 0, (count - 1) * dilation + 1);
  }, kernel);
}

/**
 * Whether every place is computed, and those that the stride skips are dropped. tfjs knows stride or dilation, not both;
 * its depthwise kernels take one stride for both axes; and TensorFlow 2.18 leaves outputs out, or crashes, where strides
 * differ and the image is hardly larger than they are (3 columns padded by 1 each side, strides 1 and 4).
 */
function isDense(strides: Pair, dilations: Pair, evenOnly: boolean): boolean {
  return (product(strides) > 1 && product(dilations) > 1) || (evenOnly && strides[0] !== strides[1]);
}

/** The places that the strides reach, of a result at every place. */
export function everyOther(y: tf.Tensor, strides: Pair): tf.Tensor {
  return strides.reduce(
    (part: tf.Tensor, stride, at) =>
      sliceAxis(part, at + 1, 0, Math.ceil(part.shape[at + 1]! / stride), stride),
    y,
  );
}

/** What a convolution reads and how it is padded: as tfjs wants it, and by axis. */
interface Prepared {
  readonly input: Slot;
  readonly pads: [Pair, Pair, Pair, Pair] | 'valid';
  readonly rows: Pair;
  readonly columns: Pair;
}

/** Negative pads are cut off; positive ones are left to the convolution. */
function prepare(kit: Kit, x: Slot, begins: Pair, ends: Pair): Prepared {
  const cut = [...begins, ...ends].some((pad) => pad < 0);
  const least = ([first, second]: Pair): Pair => [Math.min(first, 0), Math.min(second, 0)];
  const input = cut ? kit.step([x], (image) => padPlane(image, least(begins), least(ends))) : x;
  const most = (pad: number) => Math.max(pad, 0);
  const padded = [...begins, ...ends].some((pad) => pad > 0);
  const rows: Pair = [most(begins[0]), most(ends[0])];
  const columns: Pair = [most(begins[1]), most(ends[1])];
  return { input, pads: padded ? [[0, 0], rows, columns, [0, 0]] : 'valid', rows, columns };
}

/**
 * Groups, which tfjs does not know. Neighbouring groups are joined into blocks with a block-diagonal kernel, wide enough
 * to keep the vector units busy: multiplying by some zeros costs less than many narrow convolutions.
 */
function grouped(
  kit: Kit,
  x: Slot,
  weights: Slot,
  group: number,
  run: (part: Slot, filter: Slot, widths: Pair, finish: Finish) => Slot,
  finish: Finish = {},
  transposedFilter = false,
): Slot {
  const turned = (filter: Slot) =>
    transposedFilter ? kit.step([filter], (w) => transposeOf(w, [0, 1, 3, 2])) : filter;
  const [m, c] = kit
    .value(1)
    .shape.slice(0, 2)
    .map((dim) => fixedSize(dim, 'a weight size')) as [number, number];
  const outer = m / group;
  const joined = groupsInBlock(group, Math.min(c, outer));
  const [widthIn, widthOut] = transposedFilter ? [outer * joined, c * joined] : [c * joined, outer * joined];
  if (group === 1) return run(x, turned(weights), [widthIn, widthOut], finish);
  const parts: Slot[] = [];
  for (let block = 0; block < group / joined; block++) {
    const filter = kit.step([weights], (w) => blockDiagonal(w, block * joined, joined, outer));
    const part = kit.step([x], (t) => sliceAxis(t, 3, block * widthIn, widthIn));
    const bias = finish.bias && kit.step([finish.bias], (b) => sliceAxis(b, 0, block * widthOut, widthOut));
    parts.push(run(part, turned(filter), [widthIn, widthOut], { ...finish, bias }));
  }
  return parts.length === 1 ? parts[0]! : kit.step(parts, (...outputs) => tf.concat(outputs, 3));
}

/** The largest divisor of the number of groups that keeps a block within 32 channels (at least one group). */
function groupsInBlock(group: number, channels: number): number {
  let best = 1;
  for (let count = 1; count <= group; count++) {
    if (group % count === 0 && count * channels <= 32) best = count;
  }
  return best;
}

/** [kh, kw, c, M] of all groups to [kh, kw, count·c, count·outer] of some, zero between different groups. */
function blockDiagonal(weights: tf.Tensor, first: number, count: number, outer: number): tf.Tensor {
  const rows = Array.from({ length: count }, (_, at) => {
    const own = sliceAxis(weights, 3, (first + at) * outer, outer);
    return padAxes(own, [
      [0, 0],
      [0, 0],
      [0, 0],
      [at * outer, (count - 1 - at) * outer],
    ]);
  });
  return tf.concat(rows, 2);
}

/** [kh, kw, 1, C·multiplier] to [kh, kw, C, multiplier]. */
function depthwiseFilter(kit: Kit, weights: Slot, channels: number): Slot {
  return kit.step([weights], (w) => tf.reshape(w, [w.shape[0]!, w.shape[1]!, channels, -1]));
}

/** One phase of an axis: which taps of the kernel it sees, and where it reads. */
interface Phase {
  /** Indices into the kernel, in the order of the places they read. */
  readonly taps: readonly number[];
  /** The place that the first tap reads for the phase's first output; the others follow `dilation` apart. */
  readonly first: number;
  readonly dilation: number;
}

/**
 * The phases of one axis. With output place o reading input places o·s - p + k·d, input place i = s·q + r receives from
 * o = q + (r + p - k·d)/s, for those taps k where that is whole, and an output for at least one q.
 */
function phasesOf(
  axis: 0 | 1,
  { kernel, strides, dilations, begins }: PlaneWindow,
  out: Pair,
  sizes: Pair,
): Phase[] {
  const stride = strides[axis];
  return Array.from({ length: stride }, (_, r) => {
    const places = Math.ceil((sizes[axis] - r) / stride);
    const reads = Array.from({ length: kernel[axis] }, (_, k) => ({
      k,
      at: (r + begins[axis] - k * dilations[axis]) / stride,
    }))
      .filter(({ at }) => Number.isInteger(at) && at < out[axis] && at + places > 0)
      .sort((a, b) => a.at - b.at);
    const apart = reads.length > 1 ? reads[1]!.at - reads[0]!.at : 1;
    return { taps: reads.map(({ k }) => k), first: reads[0]?.at ?? 0, dilation: apart };
  });
}

/** The gradient, at an [N, H, W, C] input of the given sizes, of the relevance that is this node's first input. */
function inputGradient(kit: Kit, window: PlaneWindow, group: number, sizes: Pair): Slot {
  const r = planeInput(kit, 0);
  const out = planeSizes(kit.value(0));
  const weights = weightsOf(kit);
  const inner = fixedSize(kit.value(1).shape[1]!, 'a weight size');
  const outer = channelsOf(kit.value(0).shape) / group;
  const phases: [Phase[], Phase[]] = [phasesOf(0, window, out, sizes), phasesOf(1, window, out, sizes)];
  const plan: PhasePlan = { phases, strides: window.strides, out, sizes };
  if (phases.some((axis) => axis.every(({ taps }) => taps.length === 0))) {
    // All windows lie in the padding.
    return kit.step([r], (x) => tf.zeros([x.shape[0]!, ...sizes, inner * group]));
  }
  if (inner === 1 && group > 1) return depthwiseGradient(kit, r, weights, plan, group, outer);
  return grouped(
    kit,
    r,
    weights,
    group,
    (part, filter, widths) => {
      if (mergingPays(plan, group === 1 ? inner : undefined)) return merged(kit, part, filter, plan, widths);
      return apart(kit, part, filter, plan, (all, taps, counts, dilations, pads) =>
        convolve(kit, all, taps, ONE, dilations, pads, { shape: [...counts, ...widths] }),
      );
    },
    {},
    true,
  );
}

interface PhasePlan {
  readonly phases: readonly [Phase[], Phase[]];
  readonly strides: Pair;
  /** Sizes of the relevance and of the gradient. */
  readonly out: Pair;
  readonly sizes: Pair;
}

const ONE: Pair = [1, 1];

/** How many places of each phase there are, of the longest. */
function lengthsOf({ sizes, strides }: PhasePlan): Pair {
  return [Math.ceil(sizes[0] / strides[0]), Math.ceil(sizes[1] / strides[1])];
}

/** The pads with which a stride-1 convolution reads from `first` on, `count` outputs with that many taps. */
function padsOf(first: number, reach: number, count: number, available: number): Pair {
  return [-first, count + first + reach - available];
}

/** Kernel taps in a phase's order. */
function tapsOf(filter: tf.Tensor, rows: readonly number[], columns: readonly number[]): tf.Tensor {
  return tf.gather(
    tf.gather(filter, tf.tensor1d([...rows], 'int32'), 0),
    tf.tensor1d([...columns], 'int32'),
    1,
  );
}

/** One convolution a phase. A phase that no tap reaches is zero. */
function apart(
  kit: Kit,
  r: Slot,
  filter: Slot,
  plan: PhasePlan,
  run: (part: Slot, filter: Slot, counts: Pair, dilations: Pair, pads: [Pair, Pair]) => Slot,
): Slot {
  const { phases, out, sizes } = plan;
  const lengths = lengthsOf(plan);
  const parts = phases[0].map((row) =>
    phases[1].map((column) => {
      if (row.taps.length === 0 || column.taps.length === 0) return undefined;
      const taps = kit.step([filter], (w) => tapsOf(w, row.taps, column.taps));
      const pads = [row, column].map((phase, axis) =>
        padsOf(phase.first, (phase.taps.length - 1) * phase.dilation, lengths[axis]!, out[axis]!),
      ) as [Pair, Pair];
      return run(
        r,
        taps,
        [row.taps.length, column.taps.length],
        [row.dilation, column.dilation],
        [
          [pads[0][0], pads[1][0]],
          [pads[0][1], pads[1][1]],
        ],
      );
    }),
  );
  const some = parts.flat().find((part) => part !== undefined)!;
  if (parts.flat().length === 1) return some;
  const filled = parts.flat().map((part) => part ?? kit.step([some], (x) => tf.zerosLike(x)));
  return kit.step(filled, (...tensors) => {
    const columns = phases[1].length;
    const rows = phases[0].map((_, row) => interleave(tensors.slice(row * columns, (row + 1) * columns), 2));
    return cropped(interleave(rows, 1), sizes);
  });
}

/** All phases as the channels of one convolution, each kernel padded with zeros to the places that any phase reads. */
function merged(kit: Kit, r: Slot, filter: Slot, plan: PhasePlan, [outer, inner]: Pair): Slot {
  const { phases, strides, out, sizes } = plan;
  const lengths = lengthsOf(plan);
  const [rows, columns] = phases.map(spanOf) as [Span, Span];
  const kernel = kit.step([filter], (w) => {
    const parts = phases[0].flatMap((row) =>
      phases[1].map((column) =>
        row.taps.length === 0 || column.taps.length === 0
          ? tf.zeros([rows.count, columns.count, w.shape[2]!, w.shape[3]!])
          : padAxes(tapsOf(w, row.taps, column.taps), [
              around(row, rows),
              around(column, columns),
              [0, 0],
              [0, 0],
            ]),
      ),
    );
    return tf.concat(parts, 3);
  });
  const pads = [rows, columns].map((span, axis) =>
    padsOf(span.first, span.count - 1, lengths[axis]!, out[axis]!),
  ) as [Pair, Pair];
  const begins: Pair = [pads[0][0], pads[1][0]];
  const ends: Pair = [pads[0][1], pads[1][1]];
  const shape = [rows.count, columns.count, outer, inner * product(strides)];
  const convolved = convolve(kit, r, kernel, ONE, ONE, [begins, ends], { shape });
  return kit.step([convolved], (y) => {
    const channels = y.shape[3]! / product(strides);
    const apart = tf.reshape(y, [-1, lengths[1], strides[0], strides[1] * channels]);
    const whole = tf.reshape(transposeOf(apart, [0, 2, 1, 3]), [
      -1,
      lengths[0] * strides[0],
      lengths[1] * strides[1],
      channels,
    ]);
    return cropped(whole, sizes);
  });
}

/** The places that the phases of an axis read between them. */
interface Span {
  readonly first: number;
  readonly count: number;
}

function spanOf(phases: readonly Phase[]): Span {
  const used = phases.filter((phase) => phase.taps.length > 0);
  const first = Math.min(...used.map((phase) => phase.first));
  const last = Math.max(...used.map((phase) => phase.first + (phase.taps.length - 1) * phase.dilation));
  return { first, count: last - first + 1 };
}

function around(phase: Phase, span: Span): Pair {
  const before = phase.first - span.first;
  return [before, span.count - before - phase.taps.length];
}

/**
 * Whether one convolution with all phases as channels does less work than one a phase: it multiplies by more zeros, but
 * kernels compute eight channels at a time, so that three channels (a network's first layer) cost as much as eight.
 */
function mergingPays(plan: PhasePlan, channels: number | undefined): boolean {
  const { phases } = plan;
  if (phases[0].length * phases[1].length === 1 || channels === undefined) return false;
  if (phases.flat().some((phase) => phase.taps.length > 1 && phase.dilation > 1)) return false;
  const lanes = (width: number) => Math.ceil(width / 8) * 8;
  const taps = (axis: 0 | 1) => phases[axis].reduce((sum, phase) => sum + phase.taps.length, 0);
  const [rows, columns] = [spanOf(phases[0]), spanOf(phases[1])];
  const together = rows.count * columns.count * lanes(product(plan.strides) * channels);
  return together < taps(0) * taps(1) * lanes(channels);
}

function cropped(x: tf.Tensor, [height, width]: Pair): tf.Tensor {
  return sliceAxis(sliceAxis(x, 1, 0, height), 2, 0, width);
}

/** With one input channel a group: a depthwise convolution with the flipped kernel, summed over each channel's filters. */
function depthwiseGradient(
  kit: Kit,
  r: Slot,
  weights: Slot,
  plan: PhasePlan,
  group: number,
  multiplier: number,
): Slot {
  const filter = depthwiseFilter(kit, weights, group * multiplier);
  const spread = apart(kit, r, filter, plan, (part, taps, _counts, dilations, pads) =>
    depthwise(kit, part, taps, ONE, dilations, pads),
  );
  if (multiplier === 1) return spread;
  const [height, width] = plan.sizes;
  return kit.step([spread], (x) => tf.sum(tf.reshape(x, [-1, height, width, group, multiplier]), 4));
}
