/** A model of the table on disk, with its images and what its own framework says of them. */
import { existsSync, readFileSync } from 'node:fs';

/** The number of an image that is explained: its class's score, or the mean of one slice of the output. */
export type Explained =
  | { readonly kind: 'class'; readonly targets: readonly number[] }
  | { readonly kind: 'slice'; readonly axis: number; readonly index: number };

/** What case.json says. Truths lie beside it: images.f32, output.f64, gradient.f64. */
export interface Case {
  /** Shape of the images as the model's own runtime takes them. */
  readonly shape: readonly number[];
  readonly objective: Explained;
  /** The largest differences of the framework's own float32 from the truth; null where it has no float64. */
  readonly float32: {
    readonly output: readonly number[] | null;
    readonly gradient: readonly number[] | null;
  };
  readonly framework: string;
  readonly from: string;
  readonly exporter?: string;
  /** Why there is no file. */
  readonly refused?: string;
  /** Why there is no truth for the gradient. */
  readonly noGradient?: string;
  /** Nothing but reading is asked: it is known that the model does more than can be differentiated. */
  readonly readOnly?: boolean;
}

export function readCase(folder: string): Case | undefined {
  const file = `${folder}case.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Case) : undefined;
}

const bytes = (file: string) => new Uint8Array(readFileSync(file)).buffer;
export const floats = (file: string) => new Float32Array(bytes(file));
export const doubles = (file: string) => new Float64Array(bytes(file));
