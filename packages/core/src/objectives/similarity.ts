/** Why two images are alike to a model: what in the one brings its embedding near that of the other. */
import { SaliencyError } from '../errors';
import type { Objective } from '../target';
import type { Tensor } from '../tensor';
import { flatOutput, named } from './output';

export interface SimilarityOptions {
  /** `cosine` (default), from -1 to 1, whatever the lengths; or `dot`, the plain product. */
  readonly form?: 'cosine' | 'dot' | undefined;
  /** The output that is the embedding, [N, …]; default the model's first. */
  readonly output?: string | undefined;
}

/**
 * The similarity of an image's embedding to a reference: the embedding of another image, say, as an explanation's `output`
 * holds it, [size] or [1, size].
 *
 * Explains what in the image makes it like the other one, to this model. The reference is taken as given.
 *
 * @throws SaliencyError `bad-input` for a reference of zeros or of another size than the embedding
 */
export function similarity(
  reference: Tensor | ArrayLike<number>,
  { form = 'cosine', output }: SimilarityOptions = {},
): Objective {
  const data = 'data' in reference ? (reference.data as ArrayLike<number>) : reference;
  const numbers = Float64Array.from(data, Number);
  const length = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0 && Number.isFinite(length))) {
    throw new SaliencyError(
      'bad-input',
      'the reference of similarity holds zeros alone, or what is no number',
    );
  }
  return named(`similarity=${form}`, (g, outputs) => {
    const flat = flatOutput(g, outputs, 'similarity', output);
    const size = flat.shape[1];
    if (size !== numbers.length) {
      throw new SaliencyError(
        'bad-input',
        `the reference of similarity holds ${numbers.length} numbers, but an embedding of this model ${size}`,
      );
    }
    const direction = form === 'cosine' ? numbers.map((value) => value / length) : numbers;
    const other = g.cast(g.constant(Float32Array.from(direction), [1, numbers.length]), flat.dtype);
    const product = g.reduceSum(g.mul(flat, other), [1], false);
    if (form === 'dot') return product;
    return g.div(product, g.op('Sqrt', [g.reduceSum(g.mul(flat, flat), [1], false)]));
  });
}
