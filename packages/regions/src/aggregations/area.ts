/** The number of pixels of a region. */
export function area(mask: Uint8Array): number {
  let pixels = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) pixels += mask[pixel]!;
  return pixels;
}
