/** Half-width floats, all 65,536 of each kind. */
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../src/half';

const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const view = new DataView(new ArrayBuffer(4));
const floatOf = (bits: number) => {
  view.setUint32(0, bits);
  return view.getFloat32(0);
};

/** By moving bits: a float32 with the same fraction whose exponent is 112 too low, which one product puts right. */
function moved(bits: number): number {
  const magnitude = bits & 0x7fff;
  const sign = bits & 0x8000 ? -1 : 1;
  // All ones in the exponent stay all ones: infinity, and NaN where there is a fraction.
  if (magnitude >= 0x7c00) return floatOf(((bits & 0x8000) << 16) | 0x7f800000 | ((bits & 0x3ff) << 13));
  return sign * floatOf(magnitude << 13) * 2 ** 112;
}

/** The first pattern whose values differ, NaN being NaN and -0 not 0. */
const firstDifference = (got: Float32Array, wanted: (bits: number) => number) =>
  patterns.find((bits) => !Object.is(got[bits], wanted(bits)));

describe('binary16', () => {
  const floats = fromFloat16(patterns);

  it('is read exactly, every pattern of it', () => {
    expect(firstDifference(floats, moved)).toBeUndefined();
  });

  const Native = (globalThis as { Float16Array?: new (buffer: ArrayBufferLike) => ArrayLike<number> })
    .Float16Array;
  it.runIf(Native)("is read as the platform's Float16Array (where there is one) reads it", () => {
    const native = new Native!(patterns.buffer);
    expect(firstDifference(floats, (bits) => native[bits]!)).toBeUndefined();
  });

  it('has the ends that the standard gives', () => {
    const known = { 1: 2 ** -24, 1023: 1023 * 2 ** -24, 1024: 2 ** -14, 15360: 1, 31743: 65504 };
    for (const [bits, value] of Object.entries(known)) {
      expect(floats[Number(bits)]).toBe(value);
      expect(floats[Number(bits) | 0x8000]).toBe(-value);
    }
    expect([floats[0], floats[0x8000], floats[0x7c00], floats[0xfc00]]).toEqual([0, -0, Infinity, -Infinity]);
    expect(patterns.filter((bits) => Number.isNaN(floats[bits])).length).toBe(2 * 1023);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32, every pattern of it', () => {
    expect(firstDifference(fromBfloat16(patterns), (bits) => floatOf((bits << 16) >>> 0))).toBeUndefined();
  });
});
