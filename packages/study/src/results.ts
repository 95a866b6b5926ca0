/**
 * What a study ends with: the types of results.json, which the report says in words and figures.
 *
 * Nothing here depends on when or how fast a study ran, so that the same study gives the same bytes.
 */

export interface StudyResults {
  readonly title: string;
  readonly model: { readonly file: string; readonly sha256: string };
  readonly groups: readonly { readonly name: string; readonly images: number }[];
  /** Names of the model's outputs, where the study gave them. */
  readonly classes?: readonly string[] | undefined;
  readonly methods: readonly MethodInfo[];
  readonly regions: readonly string[];
  /** `predicted` or the index of a class. */
  readonly target: 'predicted' | number;
  /** What was explained instead of the target's score, as the study said it. */
  readonly objective?: string | undefined;
  readonly reduce: string;
  readonly aggregate: string;
  /** How far each region that an algorithm found is to be trusted, over the images. */
  readonly confidence?: Readonly<Record<string, Confidence>> | undefined;
  /** How many patients the images of each group are of, where the study names them. */
  readonly patients?: Readonly<Record<string, number>> | undefined;
  /** The part of each group's images that was drawn. */
  readonly sample?: { readonly patients: number; readonly seed: number } | undefined;
  /** How regions compare with their shapes at random places. */
  readonly nulls?: NullSummaries | undefined;
  /** The frame in which mean maps were made. */
  readonly meanMaps?: 'image' | 'chest' | undefined;
  readonly tests: {
    readonly rule: string;
    readonly correction: string;
    /** Which p-values are corrected together. */
    readonly family: 'method' | 'all';
    readonly effect: string;
    readonly alpha: number;
    readonly seed: number;
    /** Of permutation tests, max-T among them. */
    readonly permutations: number;
    /** What counts once; a pair is two images of one name. */
    readonly unit: 'image' | 'patient' | 'pair';
    /** Which groups differ, where the rule looks at several at once. */
    readonly postHoc?: string | undefined;
    /** The effect of such a rule, over all groups. */
    readonly overallEffect?: string | undefined;
  };
  readonly backend: string;
  readonly preprocessing: Readonly<Record<string, unknown>>;
  readonly comparisons: readonly Comparison[];
  /** Where the rule looks at several groups at once; `comparisons` are then its pairs. */
  readonly overall?: readonly OverallComparison[] | undefined;
  readonly summaries: readonly GroupSummary[];
  readonly leftOut: readonly LeftOut[];
  /** Names and versions of what computed this. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface MethodInfo {
  /** The name in tables: the method's id, and what tells two uses of it apart. */
  readonly label: string;
  readonly id: string;
  readonly layer?: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Confidence {
  readonly least: number;
  readonly median: number;
}

export interface NullSummaries {
  /** The region that placements lay in, or `image`. */
  readonly field: string;
  readonly draws: number;
  readonly seed: number;
  readonly summaries: readonly {
    readonly method: string;
    readonly region: string;
    readonly group: string;
    /** Images whose region could be placed elsewhere. */
    readonly n: number;
    /** Median of z over these, and the share of them with p of at most the study's alpha. */
    readonly z: number;
    readonly share: number;
  }[];
}

/** Groups compared on one thing: two of them, or all at once where the test takes several. */
export interface GroupComparison {
  readonly groups: readonly string[];
  /** What counts once, of each group: images, patients or pairs. */
  readonly n: readonly number[];
  /** The test that was used, as chosen by the rule. */
  readonly test: string;
  readonly statistic: number | null;
  readonly p: number | null;
  /** After correction over the family. */
  readonly corrected: number | null;
  readonly significant: boolean;
  /** Of two groups positive where the first one's scores are larger; null where it is undefined, as are limits it has not. */
  readonly effect: {
    readonly value: number;
    readonly low: number | null;
    readonly high: number | null;
  } | null;
  /** By permutation of all of the family's comparisons at once, whatever the test; absent where that can't be. */
  readonly maxT?: MaxT | undefined;
  readonly detectable?: Detectable | undefined;
  /** What the rule looked at before it chose. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Which groups differ, where the test takes several. */
  readonly postHoc?: readonly PostHocComparison[] | undefined;
  /** Why there is no test, where there is none. */
  readonly missing?: string | undefined;
}

export interface MaxT {
  /** Of this comparison by itself. */
  readonly p: number;
  /** By the largest statistic of the family (single step); times the pairs of groups where these are one family. */
  readonly corrected: number;
  /** Units of each group that have a score in every comparison of the family. */
  readonly n: readonly [number, number];
  /** Whether every arrangement was taken, and how many were. */
  readonly exact: boolean;
  readonly permutations: number;
}

/** The smallest effect that the test finds with this power. */
export interface Detectable {
  /** What the numbers are: `cohens-d`, `rank-biserial`, or of pairs `cohens-dz`, in standard deviations of the differences. */
  readonly effect: string;
  /** At the level alpha. */
  readonly value: number;
  /** At alpha over the number of comparisons of the family; null where nothing is large enough. */
  readonly corrected: number | null;
  readonly power: number;
  /** Whose power analysis it is. */
  readonly by: string;
}

/** One pair of several groups; p is corrected for all pairs of one comparison, not over the family. */
export interface PostHocComparison {
  readonly groups: readonly [string, string];
  /** Of means, or of mean ranks. */
  readonly difference: number;
  readonly statistic: number;
  readonly p: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** Two groups compared on one region of one method's maps. */
export interface Comparison extends GroupComparison {
  readonly method: string;
  readonly region: string;
  readonly groups: readonly [string, string];
  readonly n: readonly [number, number];
  readonly effect: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** All groups at once on one region of one method's maps, by a test of several groups. */
export interface OverallComparison extends GroupComparison {
  readonly method: string;
  readonly region: string;
}

/** One group's scores in one region, by one method. */
export interface GroupSummary {
  readonly method: string;
  readonly region: string;
  readonly group: string;
  /** Images with a score, and without one (the region is empty, or the map has no total). */
  readonly n: number;
  readonly missing: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly minimum: number | null;
  readonly q1: number | null;
  readonly median: number | null;
  readonly q3: number | null;
  readonly maximum: number | null;
}

export interface LeftOut {
  readonly image: string;
  readonly group: string;
  readonly reason: string;
}

/** One row of the table of scores. */
export interface ScoreRow {
  readonly image: string;
  readonly group: string;
  readonly method: string;
  readonly region: string;
  /** Null where there is nothing to score. */
  readonly score: number | null;
  readonly pixels: number;
  /** Whose image it is, where the study names patients. */
  readonly patient?: string | undefined;
  /** Of the region, where an algorithm found it. */
  readonly confidence?: number | undefined;
  /** More relevance than the region's shape gets at random places; null where it has no other place. */
  readonly null?: { readonly z: number | null; readonly p: number | null } | undefined;
  /** Null where an objective has nothing to do with classes. */
  readonly target: number | null;
  readonly predicted: number | null;
  /** The model's output for the target (a logit, a probability: whatever it gives), or what the objective is. */
  readonly output: number | null;
}
