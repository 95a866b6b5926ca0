/**
 * The shape that every test of paired values has, so that a study can take any of them by name: two measurements of
 * the same images, such as two methods' scores of one region, or two regions' scores by one method.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Alternative } from './distributions';
import { readGroups, type Sample } from './sample';

/** A plain object, ready for JSON. */
export interface PairedResult<Details extends object = object> {
  /** The test's id in the registry `pairedTests`. */
  test: string;
  statistic: number;
  /** In [0, 1], before any correction for the number of comparisons. */
  p: number;
  /** What else the test knows: degrees of freedom, the method taken. */
  details: Details;
}

/** Options that a study may give to any test of pairs; each test reads those it knows. */
export interface PairedOptions {
  /** Default 'two-sided'; 'greater' is A above B. */
  alternative?: Alternative;
}

/** A value of A and the value of B at the same index belong together. */
export type PairedTest = (a: Sample, b: Sample, options?: PairedOptions) => PairedResult;

/**
 * The two measurements of the pairs, called group A and group B in errors.
 *
 * @throws SaliencyError `bad-input` for fewer pairs than `least`, groups of different sizes, NaN or infinity
 */
export function readPairs(a: Sample, b: Sample, least: number): [Float64Array, Float64Array] {
  const [x, y] = readGroups(a, b, least);
  if (x.length !== y.length) {
    throw new SaliencyError(
      'bad-input',
      `group A has ${x.length} values and group B has ${y.length}, but pairs need as many: leave out the images that have only one`,
    );
  }
  return [x, y];
}
