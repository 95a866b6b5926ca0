/**
 * What perturbation methods switch on and off: features of an image, each a set of its places with all their channels. They
 * come from a grid, from superpixels, or as masks or a label map.
 */
import { type ProcedureContext, SaliencyError, type Tensor } from '@regional-saliency/core';
import { slic } from '@regional-saliency/regions';

export interface FeatureOptions {
  /**
   * The features: a label map [H, W], every label one of them, as Captum's `feature_mask`; or masks [R, H, W], not 0 inside,
   * which may overlap and leave places out that then stay as they are.
   */
  readonly regions?: Tensor | undefined;
  /** About how many superpixels of each image, by SLIC; `regions` takes any others. */
  readonly superpixels?: number | undefined;
  /**
   * Rows × columns of equal cells, such as `4x6`. Where none of the three is given: the regions of the study, where there are
   * any, else a grid of 7x7 (lime: 50 superpixels).
   */
  readonly grid?: string | undefined;
}

/** The places (row · width + column) of each feature. */
export type Features = readonly Int32Array[];

/**
 * The features of one image; none where it has no pixel of a study's regions.
 *
 * @param image [1, C, H, W]
 * @param otherwise where no features are asked for, and there are no regions of a study
 * @throws SaliencyError `bad-input` for regions of another size than the image, one of `regions` without a pixel, or both a
 *   grid and superpixels
 */
export function featuresOf(
  { regions, superpixels, grid }: FeatureOptions,
  image: Tensor,
  context: ProcedureContext,
  otherwise: FeatureOptions = { grid: '7x7' },
): Features {
  const [, , height, width] = image.shape as [number, number, number, number];
  if (grid !== undefined && superpixels !== undefined) {
    throw new SaliencyError(
      'bad-input',
      'set either grid or superpixels: an image is perturbed by one of them',
    );
  }
  if (!regions) {
    if (grid !== undefined) return gridFeatures(grid, height, width);
    if (superpixels !== undefined) {
      const labels = slic(image, { segments: superpixels });
      return featuresOf({ regions: labels }, image, context);
    }
    if (!context.regions) return featuresOf(otherwise, image, context);
  }
  const given = (regions ?? context.regions)!;
  const { data, shape } = given;
  if (shape.at(-2) !== height || shape.at(-1) !== width || (shape.length !== 2 && shape.length !== 3)) {
    throw new SaliencyError(
      'bad-input',
      `regions are a label map [${height}, ${width}] or masks [R, ${height}, ${width}] for these images, not [${shape.join(', ')}]`,
    );
  }
  const size = height * width;
  const places: number[][] = [];
  if (shape.length === 3) {
    for (let region = 0; region < shape[0]!; region++) {
      const own: number[] = [];
      for (let at = 0; at < size; at++) if (Number(data[region * size + at]) !== 0) own.push(at);
      places.push(own);
    }
  } else {
    const labels = [...new Set(Array.from(data as Float32Array, Number))].sort((a, b) => a - b);
    const indexOf = new Map(labels.map((label, index) => [label, index]));
    for (const _ of labels) places.push([]);
    for (let at = 0; at < size; at++) places[indexOf.get(Number(data[at]))!]!.push(at);
  }
  // A study may have a region that is not in every image.
  const held = given === regions ? places : places.filter((own) => own.length > 0);
  const empty = held.findIndex((own) => own.length === 0);
  if (empty >= 0) {
    throw new SaliencyError(
      'bad-input',
      `region ${empty + 1} of ${held.length} has no pixel in the image, so perturbing it says nothing; leave it out`,
    );
  }
  return held.map((own) => Int32Array.from(own));
}

/** Cells as equal as whole pixels allow: cell i of n begins at ⌊i · size / n⌋. */
function gridFeatures(grid: string, height: number, width: number): Features {
  const match = /^(\d+)[x×](\d+)$/.exec(grid);
  const [rows, columns] = [Number(match?.[1]), Number(match?.[2])];
  if (!(rows > 0 && columns > 0 && rows <= height && columns <= width)) {
    throw new SaliencyError(
      'bad-input',
      `a grid is written as rows x columns, such as 4x6, each from 1 to the image's ${height} x ${width}, not "${grid}"`,
    );
  }
  const places: number[][] = Array.from({ length: rows * columns }, () => []);
  for (let y = 0; y < height; y++) {
    const row = cellOf(y, rows, height);
    for (let x = 0; x < width; x++) places[row * columns + cellOf(x, columns, width)]!.push(y * width + x);
  }
  return places.map((own) => Int32Array.from(own));
}

/** The last cell that begins at or before a place. */
const cellOf = (place: number, cells: number, size: number) => Math.ceil(((place + 1) * cells) / size) - 1;

/** A map [1, 1, H, W] that has in each place the sum of the values of its features, 0 outside of all. */
export function mapOf(features: Features, values: ArrayLike<number>, image: Tensor): Tensor {
  const [, , height, width] = image.shape as [number, number, number, number];
  const data = new Float64Array(height * width);
  for (const [index, places] of features.entries()) for (const at of places) data[at]! += values[index]!;
  return { data, shape: [1, 1, height, width], dtype: 'float64' };
}
