/** Slices of NIfTI files as pictures. */
import { openNifti } from '@regional-saliency/regions';
import type { Picture } from './decode';
import { between, type ScanOptions, shaded } from './window';

/**
 * A slice in 16 bits of grey, from the lower to the upper end of the window given, else of the header's display range, else from
 * the smallest to the largest value of the whole volume, so that slices of one volume compare. What is not a number is black.
 *
 * @param name what an error calls the file
 * @throws SaliencyError as `openNifti` and its `slice` do
 */
export async function decodeNifti(
  bytes: Uint8Array,
  name: string,
  { window, axis = 'axial', index, volume }: ScanOptions = {},
): Promise<Picture> {
  const file = await openNifti(bytes, name);
  const { values } = file.slice({ axis, index, volume });
  const [low, high] = window
    ? [window[0] - window[1] / 2, window[0] + window[1] / 2]
    : (file.display ?? file.range(volume));
  const shade = between(low, high);
  const [height, width] = values.shape;
  return {
    width,
    height,
    channels: 1,
    data: shaded(values.data, (value) => (Number.isNaN(value) ? 0 : shade(value))),
  };
}
