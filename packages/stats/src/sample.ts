/**
 * Samples: what every test takes, and the checks that every test makes on it.
 */
import { SaliencyError } from '@regional-saliency/core';

/** A view of the `ndarray` package, or anything shaped like one; it must have one dimension. */
export interface NdView {
  readonly shape: readonly number[];
  get(...index: number[]): number;
}

/** One group's values: numbers, a typed array or a one-dimensional ndarray view. Never changed. */
export type Sample = ArrayLike<number> | NdView;

/**
 * A sample's values as float64, in their order, in an array of their own.
 *
 * @param name what an error calls the sample
 * @param least the fewest values that the test is defined for
 * @throws SaliencyError `bad-input` for a view that is not one-dimensional, too few values, NaN or infinity
 */
export function readSample(sample: Sample, name: string, least: number): Float64Array {
  const values = isView(sample) ? readView(sample, name) : Float64Array.from(sample);
  if (values.length < least) {
    throw new SaliencyError(
      'bad-input',
      `${name} has ${values.length} value${values.length === 1 ? '' : 's'}, but at least ${least} are needed: add images to it`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new SaliencyError(
      'bad-input',
      `${name} has ${values[bad]} at index ${bad}: remove the missing or infinite values first`,
    );
  }
  return values;
}

/** The two groups of a two-sample test, called group A and group B in errors. */
export function readGroups(a: Sample, b: Sample, least: number): [Float64Array, Float64Array] {
  return [readSample(a, 'group A', least), readSample(b, 'group B', least)];
}

function isView(sample: Sample): sample is NdView {
  return typeof (sample as NdView).get === 'function' && Array.isArray((sample as NdView).shape);
}

function readView(view: NdView, name: string): Float64Array {
  if (view.shape.length !== 1) {
    throw new SaliencyError(
      'bad-input',
      `${name} has shape [${view.shape.join(', ')}], but a sample has one dimension: pick a row or column of it`,
    );
  }
  return Float64Array.from({ length: view.shape[0]! }, (_, index) => view.get(index));
}
