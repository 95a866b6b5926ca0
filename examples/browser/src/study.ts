/** What the panels share: the study as it is so far, and who wants to know when a part of it changes. */
import type { ReductionName, Region } from '@regional-saliency/regions';
import type {
  BytePicture,
  Field,
  LeftOut,
  MethodInfo,
  Preprocessing,
} from '@regional-saliency/study/browser';
import type { ModelInfo } from './read-model';

export interface StudyImage {
  /** The file's name. */
  readonly name: string;
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
}

export interface Group {
  name: string;
  images: StudyImage[];
}

/** An entry of a study file's `regions`. */
export type RegionEntry = Record<string, unknown> & { readonly type: string };

/** An image after it was explained by all methods. */
export interface ExplainedImage {
  readonly image: StudyImage;
  readonly group: string;
  readonly shown: BytePicture;
  readonly target: number;
  readonly predicted: number;
  /** The score of the target. */
  readonly output: number;
  readonly maps: ReadonlyMap<string, Field>;
  /** By the entries as they were when the map was made; scored anew when these change. */
  regions: readonly Region[];
}

/** What was asked when the maps were made, which the report says. */
export interface Explained {
  readonly model: ModelInfo;
  readonly methods: readonly MethodInfo[];
  readonly classes: readonly string[];
  readonly target: 'predicted' | number;
  readonly reduce: ReductionName;
  readonly backend: string;
  readonly preprocessing: Preprocessing;
  readonly images: readonly ExplainedImage[];
  readonly leftOut: readonly LeftOut[];
}

export interface Study {
  model: ModelInfo | undefined;
  /** Numbers as they were typed. */
  normalisation: { mean: string; std: string };
  classes: readonly string[];
  groups: Group[];
  entries: RegionEntry[];
  /** Label maps, by name, that entries refer to. */
  readonly files: Map<string, Uint8Array>;
  explained: Explained | undefined;
  on(part: Part, listener: () => void): void;
  changed(part: Part): void;
}

export type Part = 'model' | 'images' | 'regions' | 'explained';

export function createStudy(): Study {
  const listeners: [Part, () => void][] = [];
  return {
    model: undefined,
    normalisation: { mean: '0', std: '1' },
    classes: [],
    groups: [
      { name: 'group A', images: [] },
      { name: 'group B', images: [] },
    ],
    entries: [],
    files: new Map(),
    explained: undefined,
    on: (part, listener) => void listeners.push([part, listener]),
    changed(part) {
      for (const [own, listener] of listeners) if (own === part) listener();
    },
  };
}

/** What a class is called. */
export const className = (classes: readonly string[], index: number) => classes[index] ?? `class ${index}`;
