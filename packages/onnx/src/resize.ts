/** Resize between a file's forms of it (scales or sizes, for all axes or some, by opset) and the graph's one. */
import {
  type Attribute,
  type Attributes,
  type Builder,
  mapAxes,
  type Node,
  resizeMaps,
  type Value,
} from '@regional-saliency/core';

/** Attributes of the graph's Resize from those of the file and its inputs, where they are given. */
export function readResize(
  op: 'Resize' | 'Upsample',
  opset: number,
  attributes: Attributes,
  given: { scales: readonly unknown[] | undefined; sizes: readonly unknown[] | undefined },
): Attributes {
  const { scales = attributes.scales, sizes } = given;
  // Until opset 10 there was one way to place coordinates, and Upsample never got another.
  const early = op === 'Upsample' || opset < 11;
  const placed = early && { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const mode = attributes.mode === 'bilinear' ? 'linear' : attributes.mode;
  const all = { ...attributes, ...placed, mode, scales: sizes ? undefined : scales, sizes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Attributes;
}

/**
 * Whether a file of this opset has the words for a node, and runtimes understand them; if not, it is written as matrix
 * products. (onnxruntime 1.30 takes the whole number of elements for the length between corners, where ONNX takes size
 * times scale.)
 */
export function isSayable(node: Node, { opset, portable }: { opset: number; portable: boolean }): boolean {
  const { mode, coordinate_transformation_mode: coordinates, antialias, axes } = node.attributes;
  if (opset < 19 && coordinates === 'half_pixel_symmetric') return false;
  // onnxruntime's WebGPU provider has no antialiasing (seen in 1.30).
  if (antialias && (opset < 18 || portable)) return false;
  // onnxruntime 1.30 moves a Transpose past a cubic Resize as well, and can't run what it has made then.
  if (mode === 'cubic') return false;
  const { shape } = node.inputs[0]!;
  if (mode !== 'nearest' && !isInterpolated(shape.length, axes as number[], mode)) return false;
  if (saysSizes(node)) return true;
  return coordinates !== 'align_corners' && saysScales(node);
}

/** Whether onnxruntime interpolates along these axes: those of an image, and linearly those of a sequence. */
function isInterpolated(rank: number, axes: readonly number[], mode: Attribute | undefined): boolean {
  return axes.every((axis) => axis >= 2) && (rank === 4 || (rank === 3 && mode === 'linear'));
}

/** Whether the scales follow from the sizes. */
function saysSizes({ attributes: { axes, sizes, scales }, inputs: [x] }: Node): boolean {
  return (axes as number[]).every(
    (axis, i) => (scales as number[])[i] === (sizes as number[])[i]! / (x!.shape[axis] as number),
  );
}

/** Whether the sizes follow from the scales, as a runtime has these. */
function saysScales({ attributes: { axes, sizes, scales }, inputs: [x] }: Node): boolean {
  return (axes as number[]).every(
    (axis, i) =>
      Math.floor((x!.shape[axis] as number) * Math.fround((scales as number[])[i]!)) ===
      (sizes as number[])[i],
  );
}

export function resizeByMatrices(g: Builder, node: Node, x: Value): Value {
  return mapAxes(g, x, resizeMaps(node.attributes, x.shape));
}

/**
 * A file's attributes and parameters, for all axes: scales where they say it all, else sizes. (`axes`, which there is since opset
 * 18, onnxruntime 1.30 forgets when it moves a Transpose past a Resize, and then can't load the program.)
 */
export function writeResize(node: Node): Record<string, Attribute> {
  const { axes, sizes: _, scales, antialias, ...rest } = node.attributes as Record<string, Attribute>;
  const [own, by] = [axes, scales] as [number[], number[]];
  const parameter: Record<string, Attribute> = saysScales(node)
    ? { scales: node.inputs[0]!.shape.map((_, axis) => by[own.indexOf(axis)] ?? 1) }
    : { sizes: node.outputs[0]!.shape };
  return { ...rest, ...(antialias && { antialias }), ...parameter };
}
