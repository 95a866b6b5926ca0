/**
 * Clusters: images that belong together, such as a patient's, of which only the whole is exchangeable with another.
 *
 * The group is the patient's, so that labels are permuted among patients, never among images: an image more of the same
 * patient is not a patient more. Each cluster counts once, by the mean of its scores (ranks are ranks of these means). So
 * clusters of different numbers of images change places, where with statistics of single images an exchange would change
 * how many images a group has.
 *
 * Exact where clusters are exchangeable as they are, with their numbers of images: where, under the null hypothesis, neither
 * a cluster's scores nor how many images it has depend on the label. Where one group has more images a patient, its means
 * spread less, and the test is that of groups of unequal variance: Welch's statistic holds in large samples, and strata of
 * clusters with equally many images are exact again.
 *
 * Whole-block exchangeability: Winkler et al. 2015, doi:10.1016/j.neuroimage.2015.05.092, which asks for blocks of one size;
 * the mean of each makes them so. Permuting clusters by their means: Gail et al. 1996,
 * doi:10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q.
 */
import { SaliencyError } from '@regional-saliency/core';
import { mean } from '../moments';
import { readSample } from '../sample';
import { type Label, type PermutationDesign, placesOf } from './design';

/**
 * A row for each cluster (for pairs two, A's and B's) instead of one for each image.
 *
 * @param columns scores, one an image, in a design that has been read
 * @throws SaliencyError `bad-input` for clusters that are not one an image, or one with images of both groups, of different
 *   y or in different strata, or a pair of two clusters
 */
export function gatherClusters(
  columns: readonly Float64Array[],
  design: PermutationDesign,
  clusters: ArrayLike<Label>,
): { columns: Float64Array[]; design: PermutationDesign } {
  checkCount(clusters, columns[0]!.length, 'the scores have', 'images');
  const all = placesOf(clusters);
  const nameOf = (places: Int32Array) => String(clusters[places[0]!]);
  const means = (rows: readonly Int32Array[]) =>
    columns.map((column) => Float64Array.from(rows, (places) => meanAt(column, places)));
  const same = <T>(values: ArrayLike<T>, what: string) =>
    all.map((places) => {
      const first = values[places[0]!]!;
      if (places.every((place) => values[place] === first)) return first;
      throw new SaliencyError(
        'bad-input',
        `the cluster ${nameOf(places)} has ${what}: labels are permuted among clusters, so each has one`,
      );
    });

  if (design.kind === 'paired') {
    for (const places of placesOf(design.pairs)) {
      if (clusters[places[0]!] === clusters[places[1]!]) continue;
      throw new SaliencyError(
        'bad-input',
        `the pair ${design.pairs[places[0]!]} has images of the clusters ${clusters[places[0]!]} and ${clusters[places[1]!]}: give both images of a pair one cluster`,
      );
    }
    const of = (mark: boolean) =>
      all.map((places) => places.filter((place) => Boolean(design.inA[place]) === mark));
    return {
      columns: means([...of(true), ...of(false)]),
      design: {
        kind: 'paired',
        inA: [...all.map(() => true), ...all.map(() => false)],
        pairs: [...all.keys(), ...all.keys()],
      },
    };
  }
  const strata = design.strata && same(design.strata, 'images in several strata');
  return {
    columns: means(all),
    design:
      design.kind === 'two-sample'
        ? { kind: 'two-sample', inA: same(Array.from(design.inA, Boolean), 'images of both groups'), strata }
        : { kind: 'correlation', y: same(readSample(design.y, 'y', 1), 'images of different y'), strata },
  };
}

/**
 * The mean of each cluster's values, in the order of the clusters' first ones.
 *
 * @param name what an error calls the values
 */
export function clusterMeans(values: Float64Array, clusters: ArrayLike<Label>, name: string): Float64Array {
  checkCount(clusters, values.length, `${name} has`, 'values');
  return Float64Array.from(placesOf(clusters), (places) => meanAt(values, places));
}

const meanAt = (values: Float64Array, places: Int32Array) =>
  mean(Float64Array.from(places, (place) => values[place]!));

function checkCount(clusters: ArrayLike<Label>, count: number, has: string, what: string): void {
  if (clusters.length === count) return;
  throw new SaliencyError(
    'bad-input',
    `there are ${clusters.length} clusters, but ${has} ${count} ${what}: name the cluster of each`,
  );
}
