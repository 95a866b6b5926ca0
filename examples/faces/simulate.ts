/**
 * Simulated scores with planted effects, since the photographs of the study can't be had: what is true is known, so
 * that the analysis can be held against it.
 *
 * A score is log-normal, as sums of absolute relevance are: some methods' nearly normal, others' with a long tail. Its
 * logarithm is made of what all regions of an image share (networks are surer of some images), what all methods share
 * in a region of it, and what the method alone sees there; standard deviation 1. A planted difference moves it; a planted
 * trend ties the part that methods share to the region's severity. `DeconvNet` is made blind to both. All sizes are
 * inventions of this file, none is an estimate from the paper.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  type FaceRegion,
  type Method,
  methods,
  regions,
  type Syndrome,
  syndromes,
  unaffected,
} from './names';
import type { PhenotypeRow, ScoreRow } from './tables';

/** By how many standard deviations of the logarithm a syndrome's scores differ from unaffected ones. */
export const differences: Readonly<Record<Syndrome, Partial<Record<FaceRegion, number>>>> = {
  '22q11DS': { eye: 0.9, nose: 0.6 },
  Angelman: { mouth: 0.9 },
  KS: { eye: 1.2, mouth: -0.6 },
  NS: { eye: 0.6, nose: -0.9 },
  WS: { nose: 0.9, mouth: 1.2 },
};

/** The correlation of scores and severity before either is coarsened. */
export const trends: Readonly<Record<Syndrome, Partial<Record<FaceRegion, number>>>> = {
  '22q11DS': { nose: 0.8 },
  Angelman: { mouth: 0.8 },
  KS: { eye: 0.9 },
  NS: { eye: 0.8 },
  WS: { mouth: 0.9, nose: -0.8 },
};

/** How many phenotypes are looked for in a region; none of the nose in Angelman syndrome. */
const phenotypes: Readonly<Record<Syndrome, Record<FaceRegion, number>>> = {
  '22q11DS': { eye: 6, nose: 4, mouth: 3 },
  Angelman: { eye: 3, nose: 0, mouth: 6 },
  KS: { eye: 7, nose: 2, mouth: 4 },
  NS: { eye: 7, nose: 3, mouth: 3 },
  WS: { eye: 5, nose: 4, mouth: 7 },
};

export const blind: ReadonlySet<string> = new Set(['DeconvNet']);

export const folds = ['1', '2', '3', '4', '5'] as const;
/** Images of cross-validation, each scored by the network of the fold that it was held out of. */
const sizes: Readonly<Record<Syndrome | typeof unaffected, number>> = {
  '22q11DS': 110,
  Angelman: 80,
  KS: 100,
  NS: 110,
  WS: 130,
  [unaffected]: 240,
};
/** Annotated images of each syndrome, which every fold's network scores. */
const annotated = 34;

/** Typical score, and standard deviation of its logarithm, by method. */
const marginals = methods.map((_, index) => ({
  typical: 10 ** (-2 - (index % 4)),
  spread: index % 3 === 0 ? 0.08 : index % 3 === 1 ? 0.35 : 0.7,
}));
const share = { eye: 1.3, nose: 1, mouth: 0.8 } as const;

export interface Study {
  readonly scores: readonly ScoreRow[];
  readonly phenotypes: readonly PhenotypeRow[];
}

export interface SimulateOptions {
  /** A whole number; each gives another study. */
  readonly seed: number;
  /** Those to simulate; default all fifteen. */
  readonly only?: readonly Method[];
}

export function simulate({ seed, only = methods }: SimulateOptions): Study {
  const normal = normals(seed);
  const scores: ScoreRow[] = [];
  const annotations: PhenotypeRow[] = [];
  const planted = (of: typeof differences, group: string, region: FaceRegion) =>
    of[group as Syndrome]?.[region] ?? 0;

  /** One image by every fold's network that has not seen it. */
  function add(
    image: string,
    group: string,
    by: readonly string[],
    severity: Partial<Record<FaceRegion, number>>,
  ): void {
    const sure = normal();
    for (const region of regions) {
      const rho = severity[region] === undefined ? 0 : planted(trends, group, region);
      const own = normal();
      for (const method of only) {
        const sees = !blind.has(method);
        const follows = sees ? rho : 0;
        const seen = follows * (severity[region] ?? 0) + Math.sqrt(1 - follows ** 2) * own;
        const alone = normal();
        const { typical, spread } = marginals[methods.indexOf(method)]!;
        for (const fold of by) {
          const z =
            Math.sqrt(0.2) * sure +
            Math.sqrt(0.6) * seen +
            Math.sqrt(0.15) * alone +
            Math.sqrt(0.05) * normal();
          const moved = z + (sees ? planted(differences, group, region) : 0);
          scores.push({
            image,
            method,
            region,
            group,
            fold,
            score: typical * share[region] * Math.exp(spread * moved),
          });
        }
      }
    }
  }

  for (const [group, count] of Object.entries(sizes)) {
    for (let i = 0; i < count; i++) add(`${group}-${i + 1}`, group, [folds[i % folds.length]!], {});
  }
  for (const group of syndromes) {
    for (let i = 0; i < annotated; i++) {
      const image = `${group}-a${i + 1}`;
      const severity = Object.fromEntries(regions.map((region) => [region, normal()])) as Record<
        FaceRegion,
        number
      >;
      for (const region of regions) {
        for (let k = 0; k < phenotypes[group][region]; k++) {
          const shown = 0.85 * severity[region] + Math.sqrt(1 - 0.85 ** 2) * normal();
          const times = shown < -0.5 ? '' : shown < 0.3 ? '1X' : shown < 1 ? '2X' : '3X';
          // An absent phenotype is written too, so that an image with none at all is known to be annotated.
          annotations.push({ image, region, phenotype: `${region} ${k + 1}`, level: times });
        }
      }
      add(image, group, folds, severity);
    }
  }
  return { scores, phenotypes: annotations };
}

/** Standard normal draws in pairs: Box and Muller 1958, doi:10.1214/aoms/1177706645. */
function normals(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const angle = 2 * Math.PI * uniformFloat64(generator);
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
