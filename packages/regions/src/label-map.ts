/** Regions drawn as a label map: an image whose pixels hold the number of the region they belong to. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { emptyMask, type Region } from './region';
import { asTensor, type View } from './view';

export interface LabelMapOptions {
  /** A label that no pixel holds: an error (the default), or a region without pixels. */
  readonly missing?: 'error' | 'empty';
  /** What to call the map in errors, such as its file. */
  readonly source?: string;
}

/**
 * One region for each label named; pixels with other labels belong to none. A label map may have any size: it
 * covers the whole image, and is resized by nearest neighbour (a pixel takes the label under its centre).
 *
 * @param labels whole numbers [height, width]
 * @param names the region of each label, such as `{ 1: 'right lung', 2: 'left lung' }`
 * @throws SaliencyError `bad-input` where the map is not two-dimensional, a label is not a whole number, or a
 *   label is missing from the map
 */
export function labelMap(
  labels: Tensor | View,
  names: Readonly<Record<string, string>>,
  { missing = 'error', source = 'the label map' }: LabelMapOptions = {},
): Region[] {
  const { data, shape } = asTensor(labels);
  const [rows, columns] = shape as [number, number];
  if (shape.length !== 2 || data.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `${source} has shape [${shape.join(', ')}], and a label map has shape [height, width]`,
    );
  }
  const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const present = new Set(values);
  return Object.entries(names).map(([key, name]) => {
    const label = key.trim() === '' ? Number.NaN : Number(key);
    if (!Number.isInteger(label)) {
      throw new SaliencyError(
        'bad-input',
        `the label "${key}" of the region "${name}" is not a whole number`,
      );
    }
    if (missing === 'error' && !present.has(label)) {
      const found = [...present].sort((a, b) => a - b);
      throw new SaliencyError(
        'bad-input',
        `${source} has no pixel with label ${label} (${name}); it holds ${found.slice(0, 12).join(', ')}` +
          `${found.length > 12 ? ', …' : ''}: where a region may be absent, say missing "empty"`,
      );
    }
    return {
      name,
      mask(height, width) {
        const mask = emptyMask(height, width);
        const under = nearest(width, columns);
        nearest(height, rows).forEach((y, row) => {
          under.forEach((x, column) => {
            if (values[y * columns + x] === label) mask.data[row * width + column] = 1;
          });
        });
        return mask;
      },
    };
  });
}

/** Which of `source` pixels lies under the centre of each of `count` pixels. */
function nearest(count: number, source: number): Int32Array {
  // In whole numbers: ⌊(i + ½) · source ÷ count⌋ without rounding.
  return Int32Array.from({ length: count }, (_, pixel) =>
    Math.floor(((2 * pixel + 1) * source) / (2 * count)),
  );
}
