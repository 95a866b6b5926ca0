/** A LayersModel's weights: those of a live model, which stay its own, and those of files, found by name. */
import { type Constant, SaliencyError } from '@regional-saliency/core';

/** What is asked of a `tf.LayersModel`, whatever copy of tfjs it comes from. */
export interface LiveLayersModel {
  readonly layers: readonly unknown[];
  toJSON(unused?: unknown, returnString?: boolean): unknown;
}

/** A weight by its layer's path and its own name. */
export type Weights = (path: readonly string[], name: string) => Constant | undefined;

interface LiveWeight {
  readonly originalName?: string;
  readonly name: string;
  read(): { readonly shape: readonly number[]; readonly dtype: string; dataSync(): Float32Array };
}

interface LiveLayer {
  readonly name: string;
  readonly weights: readonly LiveWeight[];
  readonly layers?: readonly LiveLayer[];
}

export function liveWeights(model: LiveLayersModel): Weights {
  return (path, wanted) => {
    let layer = model as unknown as LiveLayer | undefined;
    for (const step of path) layer = layer?.layers?.find(({ name }) => name === step);
    const weight = layer?.weights.find(
      ({ originalName, name }) => (originalName ?? name).split('/').at(-1) === wanted,
    );
    if (!weight) return undefined;
    const handle = weight.read();
    return {
      dtype: handle.dtype as 'float32',
      shape: handle.shape,
      handle,
      read: () => handle.dataSync(),
    };
  };
}

/**
 * Files name weights by layer, `conv/kernel`; Keras 3 with the models around it, `outer/conv/kernel`; and some Kerases with
 * more in front. The longest part of the path that any name ends with decides.
 */
export function fileWeights(weights: ReadonlyMap<string, Constant>): Weights {
  const byEnd = new Map<string, string[]>();
  // A layer's own name may have slashes, as in DenseNet's `conv1/conv`.
  const endOf = (name: string) => name.split('/').slice(-2).join('/');
  for (const name of weights.keys()) {
    const end = endOf(name);
    byEnd.set(end, [...(byEnd.get(end) ?? []), name]);
  }
  return (path, wanted) => {
    const candidates = byEnd.get(endOf(`${path.at(-1)}/${wanted}`)) ?? [];
    for (let from = 0; from < path.length; from++) {
      const suffix = [...path.slice(from), wanted].join('/');
      const fitting = candidates.filter((name) => name === suffix || name.endsWith(`/${suffix}`));
      const exact = fitting.find((name) => name === suffix);
      if (exact !== undefined || fitting.length === 1) return weights.get(exact ?? fitting[0]!);
      if (fitting.length > 1)
        throw new SaliencyError(
          'bad-file',
          `"${suffix}" may be any of the weights ${fitting.map((name) => `"${name}"`).join(', ')}`,
        );
    }
    return undefined;
  };
}
