/** Where the names of regions are written over an image: in their regions, inside the image, not over each other. */

export interface LabelledRegion {
  readonly name: string;
  /** Where the name would stand best; absent for a region without pixels, which has no name in the image. */
  readonly label?: { readonly x: number; readonly y: number } | undefined;
}

export interface PlacedLabel {
  readonly name: string;
  /** The middle of the text. */
  readonly x: number;
  readonly y: number;
}

/** The width of a character, as a part of the font's size: a bold sans serif's average, rounded up. */
const ASPECT = 0.62;
/** Lines of text are this far apart, as a part of the font's size. */
const LEADING = 1.15;

/** @param size the font's size, in the image's pixels like everything here */
export function placeLabels(
  regions: readonly LabelledRegion[],
  { width, height, size }: { readonly width: number; readonly height: number; readonly size: number },
): PlacedLabel[] {
  const placed: (PlacedLabel & { readonly half: number })[] = [];
  const wanted = regions.flatMap(({ name, label }) => (label ? [{ name, ...label }] : []));
  for (const { name, x, y } of wanted.sort((a, b) => a.y - b.y)) {
    const half = (name.length * size * ASPECT) / 2;
    const inside = Math.max(half, Math.min(width - half, x));
    let line = Math.max(size, Math.min(height - size, y));
    // From above to below, a name that would cover one already written moves down under it.
    for (const other of placed) {
      const beside = Math.abs(other.x - inside) >= other.half + half;
      if (!beside && Math.abs(line - other.y) < size * LEADING) line = other.y + size * LEADING;
    }
    placed.push({ name, x: inside, y: line, half });
  }
  return placed.map(({ name, x, y }) => ({ name, x, y }));
}
