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
  const {
    mode,
    coordinate_transformation_mode: coordinates,
    antialias,
    axes,
    sizes,
    scales,
  } = node.attributes;
  if (opset < 19 && coordinates === 'half_pixel_symmetric') return false;
  // onnxruntime's WebGPU provider has no antialiasing (seen in 1.30).
  if (antialias && (opset < 18 || portable)) return false;
  const { shape } = node.inputs[0]!;
  if (mode !== 'nearest' && !isInterpolated(shape.length, axes as number[], mode)) return false;
  if (saysSizes(node)) return true;
  const floors = (axes as number[]).map((axis, i) =>
    Math.floor((shape[axis] as number) * Math.fround((scales as number[])[i]!)),
  );
  return coordinates !== 'align_corners' && floors.every((size, i) => size === (sizes as number[])[i]);
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

export function resizeByMatrices(g: Builder, node: Node, x: Value): Value {
  return mapAxes(g, x, resizeMaps(node.attributes, x.shape));
}

/** A file's attributes and parameters: sizes where they say it all, else scales; before opset 18 for all axes. */
export function writeResize(node: Node, opset: number): Record<string, Attribute> {
  const { axes, sizes, scales, antialias, ...rest } = node.attributes as Record<string, Attribute>;
  const { shape } = node.inputs[0]!;
  const [own, to, by] = [axes, sizes, scales] as [number[], number[], number[]];
  const isExact = saysSizes(node);
  const parameter: Record<string, Attribute> =
    opset >= 18
      ? { axes: own, ...(isExact ? { sizes: to } : { scales: by }) }
      : isExact
        ? { sizes: node.outputs[0]!.shape }
        : { scales: shape.map((_, axis) => by[own.indexOf(axis)] ?? 1) };
  return { ...rest, ...(antialias && { antialias }), ...parameter };
}
