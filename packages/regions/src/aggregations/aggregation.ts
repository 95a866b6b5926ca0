/**
 * From a map and a region to a number.
 *
 * `map` and `mask` have one entry a pixel, and the mask has at least one 1. NaN says that the map has no such
 * score.
 */
export type Aggregation = (map: ArrayLike<number>, mask: Uint8Array) => number;
