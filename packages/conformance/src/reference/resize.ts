/**
 * Resize, as the text of ONNX goes: from a place in the result to a coordinate in the input, from there to coefficients of
 * its neighbours, one axis after another.
 */
import { type Kernel, numberOf, numbersOf, single } from './kernel';
import { filled, indexAt, type Values } from './values';

interface Axis {
  readonly axis: number;
  readonly to: number;
  readonly scale: number;
}

export const Resize: Kernel = single(([x], node) => {
  const [axes, sizes, scales] = ['axes', 'sizes', 'scales'].map((key) => numbersOf(node, key));
  return axes!.reduce(
    (part, axis, i) => alongAxis(part, { axis, to: sizes![i]!, scale: scales![i]! }, node),
    x!,
  );
});

function alongAxis(x: Values, { axis, to, scale }: Axis, node: Parameters<Kernel>[1]): Values {
  const shape = x.shape.with(axis, to);
  const size = x.shape[axis]!;
  const inner = x.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return filled(shape, (at) => {
    const place = indexAt(at, shape)[axis]!;
    const outer = Math.floor(at / (inner * to));
    const coordinate = coordinateOf(
      place,
      size,
      to,
      scale,
      String(node.attributes.coordinate_transformation_mode),
    );
    const read = (index: number) => x.data[(outer * size + index) * inner + (at % inner)]!;
    return interpolated(coordinate, size, scale, node, read);
  });
}

function coordinateOf(place: number, size: number, to: number, scale: number, mode: string): number {
  const length = scale * size;
  if (mode === 'asymmetric') return place / scale;
  if (mode === 'align_corners') return to === 1 ? 0 : (place * (size - 1)) / (length - 1);
  if (mode === 'pytorch_half_pixel' && to === 1) return 0;
  const centre = (place + 0.5) / scale - 0.5;
  if (mode !== 'half_pixel_symmetric') return centre;
  return (size / 2) * (1 - to / length) + centre;
}

function interpolated(
  coordinate: number,
  size: number,
  scale: number,
  node: Parameters<Kernel>[1],
  read: (index: number) => number,
): number {
  const base = Math.floor(coordinate);
  const part = coordinate - base;
  const clamped = (index: number) => Math.min(Math.max(index, 0), size - 1);
  if (node.attributes.mode === 'nearest') {
    const up = {
      floor: 0,
      ceil: Number(part > 0),
      round_prefer_floor: Number(part > 0.5),
      round_prefer_ceil: Number(part >= 0.5),
    };
    return read(clamped(base + up[node.attributes.nearest_mode as keyof typeof up]));
  }
  const coefficients = new Map<number, number>();
  const isLinear = node.attributes.mode === 'linear';
  const a = numberOf(node, 'cubic_coeff_a');
  const shrink = node.attributes.antialias ? Math.min(scale, 1) : 1;
  const support = Math.ceil((isLinear ? 1 : 2) / shrink);
  for (let index = base - support; index <= base + support + 1; index++) {
    const d = Math.abs(coordinate - index) * shrink;
    const near = 1 - (a + 3) * d ** 2 + (a + 2) * d ** 3;
    const far = a * (d ** 3 - 5 * d ** 2 + 8 * d - 4);
    const weight = isLinear ? Math.max(0, 1 - d) : d <= 1 ? near : d < 2 ? far : 0;
    if (!(node.attributes.exclude_outside && (index < 0 || index >= size))) coefficients.set(index, weight);
  }
  const total = [...coefficients.values()].reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const [index, weight] of coefficients) sum += (weight / total) * read(clamped(index));
  return sum;
}
