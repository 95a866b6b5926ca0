/**
 * GridSample in gathers and weights, so that relevance reaches both the image and the places it is read at.
 *
 * Jaderberg et al. 2015 (spatial transformers), arXiv 1506.02025.
 */
import {
  type Builder,
  type Dim,
  fixedSize,
  productOf,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';
import { type Form, input, make } from './call';

/** Places along one axis of an image, and its size. */
interface Along {
  readonly at: Value;
  readonly size: number;
}

export const gridSample: Form = (call) => {
  const { g } = call;
  const [x, grid] = [input(call, 0), input(call, 1)];
  const { mode = 'linear', padding_mode: padding = 'zeros', align_corners: corners = 0 } = call.attributes;
  const kind = mode === 'bilinear' ? 'linear' : mode;
  if (x.shape.length !== 4 || (kind !== 'linear' && kind !== 'nearest')) {
    throw new SaliencyError('unsupported', `${mode} sampling of ${x.shape.length - 2} axes is not supported`);
  }
  const [n, c, ...spatial] = x.shape as [Dim, Dim, Dim, Dim];
  const [height, width] = spatial.map((size) => fixedSize(size, 'a spatial size')) as [number, number];
  const [rows, columns] = [grid.shape[1]!, grid.shape[2]!];
  const count = productOf([rows, columns]);
  // The grid holds x, then y, from -1 to 1.
  const along = (place: number, size: number): Along => {
    const given = g.reshape(g.slice(grid, [place], [place + 1], [3]), [n, 1, count]);
    return {
      at: inside(g, unscaled(g, given, size, corners === 1), size, String(padding), corners === 1),
      size,
    };
  };
  const [across, down] = [along(0, width), along(1, height)];
  const flat = g.reshape(x, [n, c, width * height]);
  const read = (column: Value, row: Value, weight: Value | undefined) => {
    const [i, j] = [within(g, column, width), within(g, row, height)];
    const place = g.cast(g.add(g.mul(j, g.scalar(width)), i), 'int64');
    const values = g.op('GatherElements', [flat, g.expand(place, [n, c, count])], { axis: 2 });
    // What lies outside is 0; with other paddings nothing does.
    const isInside = g.op('And', [g.op('Equal', [i, column]), g.op('Equal', [j, row])]);
    return g.mul(values, g.where(isInside, weight ?? g.scalar(1), g.scalar(0)));
  };
  const shape = [n, c, rows, columns];
  if (kind === 'nearest') {
    const [column, row] = [across, down].map(({ at }) => g.op('Round', [at])) as [Value, Value];
    return make(call, 'Reshape', [read(column, row, undefined)], { shape });
  }
  const sides = [across, down].map(({ at }) => {
    const low = g.op('Floor', [at]);
    const part = g.sub(at, low);
    return [
      { at: low, weight: g.sub(g.scalar(1), part) },
      { at: g.add(low, g.scalar(1)), weight: part },
    ];
  });
  const parts = sides[1]!.flatMap((row) =>
    sides[0]!.map((column) => read(column.at, row.at, g.mul(column.weight, row.weight))),
  );
  return make(call, 'Reshape', [parts.reduce((sum, part) => g.add(sum, part))], { shape });
};

/** -1 … 1 to places: of the outermost elements, or of the image's edges half an element further out. */
function unscaled(g: Builder, given: Value, size: number, corners: boolean): Value {
  const unit = g.mul(g.add(given, g.scalar(1)), g.scalar(0.5));
  return corners ? g.mul(unit, g.scalar(size - 1)) : g.sub(g.mul(unit, g.scalar(size)), g.scalar(0.5));
}

const within = (g: Builder, at: Value, size: number) => g.op('Clip', [at], { min: 0, max: size - 1 });

function inside(g: Builder, at: Value, size: number, padding: string, corners: boolean): Value {
  if (padding === 'zeros') return at;
  if (padding === 'border') return within(g, at, size);
  if (padding !== 'reflection')
    throw new SaliencyError('unsupported', `the padding "${padding}" is not supported`);
  // Mirrors at the outermost elements, or at the edges; there and back is one period.
  const [edge, span] = corners ? [0, size - 1] : [-0.5, size];
  if (span === 0) return g.mul(at, g.scalar(0));
  const distance = g.op('Abs', [g.sub(at, g.scalar(edge))]);
  const phase = g.op('Mod', [distance, g.scalar(2 * span)], { fmod: 1 });
  const back = g.sub(g.scalar(span), g.op('Abs', [g.sub(phase, g.scalar(span))]));
  return within(g, g.add(back, g.scalar(edge)), size);
}
