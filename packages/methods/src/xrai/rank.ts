/**
 * XRAI's ranking: segments join the map one by one, always the one whose places not yet in it have the highest mean
 * attribution, and these get that mean.
 *
 * Kapishnikov et al. 2019, doi 10.1109/ICCV.2019.00505, its full algorithm.
 */
import type { Segments } from './segments';

/**
 * @param attribution one number a place
 * @param difference a segment that adds fewer places than this is left out, at least 1
 * @returns one number a place; places of no segment that was taken have the mean of all such; NaN where any attribution is
 */
export function rank(attribution: Float64Array, segments: Segments, difference: number): Float64Array {
  const map = new Float64Array(attribution.length);
  if (attribution.some(Number.isNaN)) return map.fill(Number.NaN);
  const covered = new Uint8Array(attribution.length);
  let open: Segments = segments.map((places) => places.slice());
  for (;;) {
    const gains: number[] = [];
    const held: Int32Array[] = [];
    for (const places of open) {
      const { left, sum } = uncovered(places, covered, attribution);
      if (left.length < difference) continue;
      held.push(left);
      gains.push(sum / left.length);
    }
    if (held.length === 0) break;
    // Of equal segments the first.
    const best = gains.indexOf(Math.max(...gains));
    for (const place of held[best]!) {
      map[place] = gains[best]!;
      covered[place] = 1;
    }
    open = held;
  }
  const { left, sum } = uncovered(Int32Array.from(covered.keys()), covered, attribution);
  for (const place of left) map[place] = sum / left.length;
  return map;
}

/** Moves what is left of a segment to its front, again and again while the map grows: most of the time goes here. */
function uncovered(places: Int32Array, covered: Uint8Array, attribution: Float64Array) {
  let count = 0;
  let sum = 0;
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    if (covered[place] === 1) continue;
    places[count++] = place;
    sum += attribution[place]!;
  }
  return { left: places.subarray(0, count), sum };
}
