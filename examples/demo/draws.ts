/**
 * Random draws that depend on (seed, image, purpose) only: one stream per image and purpose, so that asking for
 * an opacity, or for more images, never changes the anatomy or the noise of the image beside it.
 *
 * The generator is xoroshiro128+ (Blackman and Vigna 2021, doi:10.1145/3460772) from pure-rand; the three numbers
 * are mixed into its seed by the finaliser of MurmurHash3 (Appleby 2011).
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What a stream is for. The numbers are part of every image: never reuse or reorder them. */
export const purposes = { anatomy: 1, opacity: 2, noise: 3, marker: 4, letter: 5 } as const;

export interface Draws {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Bell-shaped, mean 0 and variance 1, within ±√12: a sum of four uniforms, since that is exact everywhere. */
  bell(): number;
}

export function draws(seed: number, image: number, purpose: keyof typeof purposes): Draws {
  const state = mix(mix(mix(seed | 0) ^ image) ^ purposes[purpose]);
  const generator = xoroshiro128plus(state);
  const next = () => uniformFloat64(generator);
  return {
    uniform: (low, high) => low + (high - low) * next(),
    integer: (low, high) => low + Math.floor((high - low + 1) * next()),
    chance: (probability) => next() < probability,
    bell: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
  };
}

function mix(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
