/** Numbers that are none: an image that holds one can't be explained, and a map that does says nothing. */
import { SaliencyError } from './errors';
import { sizeOf, type Tensor } from './tensor';

/** @throws SaliencyError `bad-input` for images without rows, or with a NaN or an infinity among their values */
export function checkFiniteImages(images: Tensor): void {
  if (images.shape[0] === 0) throw new SaliencyError('bad-input', 'there are no images to explain');
  const found = notFinite(images);
  if (!found) return;
  throw new SaliencyError(
    'bad-input',
    `image ${found.row} holds ${found.value}, so its explanation would be meaningless; check how it was read and preprocessed`,
  );
}

/** A map that left the range of its numbers says nothing, and would pass for one in means and pictures. */
export function checkFiniteMap(id: string, relevance: Tensor, objective?: string): void {
  const found = notFinite(relevance);
  if (!found) return;
  const cause = objective
    ? `; ${objective} may have no value for this image (no pixel predicted as the class, say), or the model needs another method`
    : '; explain this model by another method';
  throw new SaliencyError(
    'unsupported',
    `${id} of image ${found.row} runs beyond the numbers that the backend computes in (it holds ${found.value})${cause}`,
  );
}

/** The first number of [N, …] that is NaN or infinite, and the row it is in. */
export function notFinite({ data, shape }: Tensor): { row: number; value: number } | undefined {
  const perRow = sizeOf(shape.slice(1));
  for (let at = 0; at < data.length; at++) {
    const value = Number(data[at]!);
    if (!Number.isFinite(value)) return { row: Math.floor(at / perRow), value };
  }
  return undefined;
}
