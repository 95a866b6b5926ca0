import { tensor } from '@regional-saliency/core';
import { resize } from '@regional-saliency/regions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levelsOf, percentile } from '../../study/src/overlay/levels';
import { colourTable, divergingColours, sequentialColours } from '../src/colours';
import { createRecolourer } from '../src/recolour';

const { prepare, paint } = createRecolourer();
const none = { width: 1, height: 1 };
const floats = (data: ArrayLike<number>, width: number, height: number, signed = false) => ({
  data,
  width,
  height,
  signed,
  levels: false,
});
const settings = (threshold: number, opacity = 1) => ({
  threshold,
  opacity,
  sequential: colourTable('viridis'),
  diverging: colourTable('purple-orange'),
});

const maps = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.boolean())
  .chain(([width, height, signed]) =>
    fc
      .array(fc.oneof(fc.constantFrom(0, 1, -1, 0.5), fc.float({ min: -8, max: 8, noNaN: true })), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map((values) => ({ data: Float32Array.from(values), width, height, signed })),
  );

describe('a map that is prepared once', () => {
  it('shows at any threshold the pixels whose strength reaches that percentile, and none without relevance', () => {
    fc.assert(
      fc.property(maps, fc.integer({ min: 0, max: 200 }), ({ data, width, height, signed }, half) => {
        const painted = paint(
          prepare(floats(data, width, height, signed), none),
          { width, height },
          settings(half / 2),
        );
        const strengths = Float64Array.from(data, (value) => (signed ? Math.abs(value) : value));
        const cut = percentile(strengths, half / 2);
        const expected = Array.from(strengths, (strength) => strength >= cut && strength > 0);
        expect(Array.from(strengths, (_, i) => painted.data[4 * i + 3] === 255)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it('has the levels that the study’s overlays have', () => {
    fc.assert(
      fc.property(maps, ({ data, width, height, signed }) => {
        const { levels } = prepare(floats(data, width, height, signed), none);
        expect([...levels]).toEqual([...levelsOf({ data, width, height }, signed).data]);
      }),
    );
  });

  it('is interpolated to the size of its image as regions are', () => {
    const data = Float32Array.from({ length: 35 }, (_, i) => Math.sin(i * i) + 1);
    const fine = prepare(floats(data, 7, 5), { width: 21, height: 13 });
    const values = resize(tensor(data, [1, 5, 7]), { width: 21, height: 13 }).data as Float32Array;
    const expected = levelsOf({ data: values, width: 21, height: 13 }, false).data;
    expect([fine.width, fine.height]).toEqual([21, 13]);
    // The study rounds to float32 in between.
    expect(Math.max(...fine.levels.map((level, i) => Math.abs(level - expected[i]!)))).toBeLessThanOrEqual(1);
    expect(prepare(floats(data, 7, 5), { width: 3, height: 3 })).toMatchObject({ width: 7, height: 5 });
  });

  it('takes bytes as levels, 128 being none where they are signed', () => {
    const data = Uint8Array.of(0, 1, 128, 255);
    const signed = prepare({ data, width: 4, height: 1, signed: true, levels: true }, none);
    expect([...signed.levels]).toEqual([1, 1, 128, 255]);
    expect([...signed.ranks].map((rank) => rank > 0)).toEqual([true, true, false, true]);
    const plain = prepare({ data, width: 4, height: 1, signed: false, levels: true }, none);
    expect([...plain.levels]).toEqual([0, 1, 128, 255]);
    expect(plain.ranks[0]).toBe(0);
  });

  it('is refused where a value is not finite', () => {
    expect(() => prepare(floats([1, Number.NaN], 2, 1), none)).toThrow("the map's value at pixel 1 is NaN");
  });

  it('seen small, each pixel is the map’s nearest', () => {
    const map = prepare(
      floats(
        Float32Array.from({ length: 16 }, (_, i) => i + 1),
        4,
        4,
      ),
      none,
    );
    const whole = new Uint32Array(paint(map, map, settings(0)).data.buffer);
    const half = new Uint32Array(paint(map, { width: 2, height: 2 }, settings(0)).data.buffer);
    expect([...half]).toEqual([whole[5], whole[7], whole[13], whole[15]]);
  });
});

describe('colours', () => {
  it('are those of matplotlib and ColorBrewer at the ends', () => {
    expect([...colourTable('viridis').subarray(0, 3)]).toEqual([68, 1, 84]);
    expect([...colourTable('viridis').subarray(-3)]).toEqual([253, 231, 37]);
    expect([...colourTable('inferno').subarray(0, 3)]).toEqual([0, 0, 4]);
  });

  it.each(sequentialColours)('%s grows lighter from level to level', (name) => {
    const table = colourTable(name);
    const light = Array.from({ length: 256 }, (_, level) =>
      lightness(table.subarray(3 * level, 3 * level + 3)),
    );
    for (let level = 8; level < 256; level++) expect(light[level]).toBeGreaterThan(light[level - 8]!);
  });

  it.each(divergingColours)('%s is nearly grey at 128 and grows darker from there to both ends', (name) => {
    const table = colourTable(name);
    const [red, green, blue] = table.subarray(3 * 128, 3 * 128 + 3);
    expect(Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!)).toBeLessThanOrEqual(0.04 * 255);
    const at = (level: number) => lightness(table.subarray(3 * level, 3 * level + 3));
    for (let far = 16; far < 128; far++) {
      expect(at(128 + far)).toBeLessThan(at(128 + far - 8));
      expect(at(128 - far)).toBeLessThan(at(128 - far + 8));
    }
  });

  it('names those there are where a name is wrong', () => {
    expect(() => colourTable('jet')).toThrow('no colours jet; there are inferno, magma');
  });
});

/** CIE L*, 0..100. */
function lightness([red, green, blue]: Uint8Array): number {
  const linear = [red!, green!, blue!].map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  const y = 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}
