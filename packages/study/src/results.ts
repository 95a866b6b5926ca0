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
  readonly tests: {
    readonly rule: string;
    readonly correction: string;
    /** Which p-values are corrected together. */
    readonly family: 'method' | 'all';
    readonly effect: string;
    readonly alpha: number;
    readonly seed: number;
  };
  readonly backend: string;
  readonly preprocessing: Readonly<Record<string, unknown>>;
  readonly comparisons: readonly Comparison[];
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

/** Two groups compared on one region of one method's maps. */
export interface Comparison {
  readonly method: string;
  readonly region: string;
  readonly groups: readonly [string, string];
  readonly n: readonly [number, number];
  /** The test that was used, as chosen by the rule. */
  readonly test: string;
  readonly statistic: number | null;
  readonly p: number | null;
  /** After correction over the family. */
  readonly corrected: number | null;
  readonly significant: boolean;
  /** Positive where the first group's scores are larger. */
  readonly effect: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** What the rule looked at before it chose. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Why there is no test, where there is none. */
  readonly missing?: string | undefined;
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
  /** Null where an objective has nothing to do with classes. */
  readonly target: number | null;
  readonly predicted: number | null;
  /** The model's output for the target (a logit, a probability: whatever it gives), or what the objective is. */
  readonly output: number | null;
}
