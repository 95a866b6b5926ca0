/** Numbers for test tensors: seeded by text, the same on every machine. */

/** A generator of numbers in [0, 1): the text is hashed (FNV-1a), then mixed step by step (Mulberry32). */
export function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of seed) state = Math.imul(state ^ letter.codePointAt(0)!, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Makes one element of a test tensor. */
export type Fill = (random: () => number, at: number) => number;

/** Near a normal distribution with deviation 1 (sum of twelve uniform numbers). */
export const normal: Fill = (random) => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
};

/** Small multiples of 1/4: exact in every float type, with many ties and zeros. */
export const coarse: Fill = (random) => Math.floor(random() * 17 - 8) / 4;

export const zeros: Fill = () => 0;
export const positive: Fill = (random) => 0.25 + 2 * random();
export const negative: Fill = (random) => -0.25 - Math.floor(random() * 4) / 4;
export const either: Fill = (random) => Math.floor(random() * 2);

/** Integers from `low` to `high`, both included. */
export const integers =
  (low: number, high: number): Fill =>
  (random) =>
    low + Math.floor(random() * (high - low + 1));

/** The given numbers again and again. */
export const cycle =
  (...numbers: readonly number[]): Fill =>
  (_, at) =>
    numbers[at % numbers.length]!;

/** One NaN among normal numbers. */
export const nanAt =
  (place: number): Fill =>
  (random, at) =>
    at === place ? Number.NaN : normal(random, at);
