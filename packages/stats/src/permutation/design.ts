/**
 * Designs: what each image is labelled with, and among which images the labels are exchangeable.
 *
 * Every design is the same thing to the engine: one number an image (its label) and a partition into strata within
 * which labels may change places. Two groups are labels 1 (A) and 0 (B); a correlation's labels are y; pairs are strata
 * of two images, in which exchanging the labels is what flipping the sign of the pair's difference is. Where images come in
 * clusters, the clusters take the images' place (clusters.ts).
 */
import { SaliencyError } from '@regional-saliency/core';
import { readSample, type Sample } from '../sample';

/** What a stratum or a pair is called. */
export type Label = string | number;

export type PermutationDesign =
  | {
      /** Null hypothesis: the images of both groups are exchangeable (within their stratum, where there are strata). */
      readonly kind: 'two-sample';
      /** For each image whether it belongs to group A. */
      readonly inA: ArrayLike<boolean | number>;
      /** Labels stay within these: a site, a device, an age band. Scores are compared within them too. */
      readonly strata?: ArrayLike<Label>;
      /** Whose image each is: labels are then permuted among clusters, each in one group and one stratum. */
      readonly clusters?: ArrayLike<Label>;
    }
  | {
      /** Null hypothesis: within each pair, it is chance which image is A's. */
      readonly kind: 'paired';
      readonly inA: ArrayLike<boolean | number>;
      /** The pair of each image; each pair has one image of A and one of B. */
      readonly pairs: ArrayLike<Label>;
      /** Whose pair each image's is: the pairs of a cluster are then exchanged together. */
      readonly clusters?: ArrayLike<Label>;
    }
  | {
      /** Null hypothesis: scores and y are independent (given the stratum, where there are strata). */
      readonly kind: 'correlation';
      /** One number an image. */
      readonly y: Sample;
      readonly strata?: ArrayLike<Label>;
      /** Whose image each is: y is the cluster's, the same for all its images, and permuted among clusters. */
      readonly clusters?: ArrayLike<Label>;
    };

/** A design as the engine sees it. */
export interface Labelled {
  /** One an image. */
  readonly labels: Float64Array;
  /** The places of each stratum's images, all of them in one where there are no strata. */
  readonly strata: readonly Int32Array[];
}

/**
 * @param images how many rows the scores have
 * @param row what errors call one of them
 * @throws SaliencyError `bad-input` for a design of another length, a group of fewer than 2 images, a correlation of fewer
 *   than 3, NaN in y, a pair that is none, or where no arrangement differs from the observed one
 */
export function readDesign(design: PermutationDesign, images: number, row = 'image'): Labelled {
  const labels = labelsOf(design, row);
  check('labels', labels.length);
  const by = design.kind === 'paired' ? design.pairs : design.strata;
  if (by) check(design.kind === 'paired' ? 'pairs' : 'strata', by.length);
  const strata = by ? placesOf(by) : [Int32Array.from({ length: images }, (_, place) => place)];
  if (design.kind === 'paired') checkPairs(strata, labels, design.pairs);
  if (!strata.some((places) => places.some((place) => labels[place] !== labels[places[0]!]))) {
    throw new SaliencyError(
      'bad-input',
      design.kind === 'correlation'
        ? 'y is the same for all images of a stratum: there is nothing to permute, give a y that varies'
        : 'no stratum has images of both groups: there is nothing to permute, use coarser strata',
    );
  }
  return { labels, strata };

  function check(what: string, length: number): void {
    if (length === images) return;
    throw new SaliencyError(
      'bad-input',
      `the design has ${length} ${what}, but the scores have ${images} images: give one for each`,
    );
  }
}

function labelsOf(design: PermutationDesign, row: string): Float64Array {
  switch (design.kind) {
    case 'two-sample':
    case 'paired': {
      const labels = Float64Array.from(design.inA, (mark) => (mark ? 1 : 0));
      const ofA = labels.reduce((sum, label) => sum + label, 0);
      const least = design.kind === 'paired' ? 1 : 2;
      for (const [name, size] of [
        ['A', ofA],
        ['B', labels.length - ofA],
      ] as const) {
        if (size >= least) continue;
        throw new SaliencyError(
          'bad-input',
          `group ${name} has ${size} ${row}${size === 1 ? '' : 's'}, but at least ${least} are needed: add ${row}s to it`,
        );
      }
      return labels;
    }
    case 'correlation':
      return readSample(design.y, 'y', 3);
    default:
      throw new SaliencyError(
        'unknown-name',
        `there is no design '${(design as { kind: string }).kind}': use 'two-sample', 'paired' or 'correlation'`,
      );
  }
}

/** The places of each name, in the order of their first. */
export function placesOf(by: ArrayLike<Label>): Int32Array[] {
  const places = new Map<Label, number[]>();
  for (let place = 0; place < by.length; place++) {
    const found = places.get(by[place]!);
    if (found) found.push(place);
    else places.set(by[place]!, [place]);
  }
  return [...places.values()].map((list) => Int32Array.from(list));
}

function checkPairs(pairs: readonly Int32Array[], labels: Float64Array, names: ArrayLike<Label>): void {
  for (const places of pairs) {
    if (places.length === 2 && labels[places[0]!] !== labels[places[1]!]) continue;
    const ofA = places.reduce((sum, place) => sum + labels[place]!, 0);
    throw new SaliencyError(
      'bad-input',
      `the pair ${names[places[0]!]} has ${ofA} images of A and ${places.length - ofA} of B: a pair is one of each`,
    );
  }
}
