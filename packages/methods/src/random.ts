/**
 * Random numbers that depend on (seed, image, sample) only.
 *
 * The image counts by its content, so the same image gets the same numbers in any batch, at any place, on any backend and
 * when a stopped study goes on; sample k is the same whether 10 or 20 samples are drawn.
 */
import type { TypedArray } from '@regional-saliency/core';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** How `generatorOf` draws, for metadata. */
export const GENERATOR = 'xoroshiro128+ started by (seed, content of the image, sample)';

export interface Generator {
  /** The next 32 random bits, as a signed integer. */
  next(): number;
}

export function generatorOf(seed: number, image: number, sample: number): Generator {
  return xoroshiro128plusFromState(words.map((word) => mixed(mixed(mixed(seed ^ word) ^ image) ^ sample)));
}

/**
 * What sets the four words of a state apart. Small numbers would not do: seed ^ word would be one seed's second word and another
 * one's fourth, and generators that share words begin alike.
 */
const words = [1, 2, 3, 4].map(mixed);

/** 32 bits that say which image this is: FNV-1a over its elements' bits, a word at a time, mixed. */
export function contentOf({ buffer, byteOffset, byteLength }: TypedArray): number {
  let hash = 0x811c9dc5;
  for (const word of new Int32Array(buffer, byteOffset, byteLength >> 2)) {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  return mixed(hash);
}

/** The finalizer of MurmurHash3 (Appleby 2011): every bit of the result depends on every bit given. */
function mixed(word: number): number {
  let bits = word + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Uniform in [0, 1). */
export const uniform = (generator: Generator): number => (generator.next() >>> 0) / 2 ** 32;

/** Fills with standard normal numbers by the polar method (Marsaglia & Bray 1964, doi 10.1137/1006063). */
export function fillNormal(generator: Generator, numbers: Float32Array): void {
  for (let at = 0; at < numbers.length; at += 2) {
    let u: number;
    let v: number;
    let square: number;
    do {
      u = generator.next() / 2 ** 31;
      v = generator.next() / 2 ** 31;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    numbers[at] = u * factor;
    if (at + 1 < numbers.length) numbers[at + 1] = v * factor;
  }
}
