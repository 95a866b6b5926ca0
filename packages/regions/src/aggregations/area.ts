/** The number of pixels of a region. */
export function area(mask: Uint8Array): number {
  return mask.reduce((pixels, value) => pixels + value, 0);
}
