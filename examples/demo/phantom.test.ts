import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Phantom, type PhantomOptions, phantom, regions, size } from './phantom';

const patients = fc.record({ seed: fc.integer(), image: fc.nat() });
const letters = fc.constantFrom('L', 'P', undefined);
const lungs = fc.constantFrom('right-lung', 'left-lung', undefined);
const runs = { numRuns: 40, seed: 1 };

function count(labels: Uint8Array, label: number): number {
  return labels.reduce((n, value) => n + Number(value === label), 0);
}

/** Mean column and row of the pixels with this label. */
function centre(labels: Uint8Array, label: number): { column: number; row: number } {
  let column = 0;
  let row = 0;
  for (const [at, value] of labels.entries())
    if (value === label) {
      column += at % size;
      row += Math.floor(at / size);
    }
  const n = count(labels, label);
  return { column: column / n, row: row / n };
}

function mean({ pixels, labels }: Phantom, label: number): number {
  let sum = 0;
  for (const [at, value] of labels.entries()) if (value === label) sum += pixels[at]!;
  return sum / count(labels, label);
}

/** The pixels in which two images differ. */
function differences(a: Phantom, b: Phantom): number[] {
  return [...a.pixels.keys()].filter((at) => a.pixels[at] !== b.pixels[at]);
}

describe('a phantom', () => {
  it('has the same bytes on every machine', () => {
    const hash = createHash('sha256');
    for (let image = 0; image < 20; image++) {
      const group = image % 2 ? 'pneumonia' : 'normal';
      const { pixels, labels } = phantom({ seed: 5, image, group, letter: image % 3 ? 'P' : 'L' });
      hash.update(pixels).update(labels);
    }
    expect(hash.digest('hex')).toBe('12596ff5d4c563374aaa42d6346f0f9ff14926d6cb470c926dec22264ca2b178');
  });

  it('depends on its seed and number only, not on what was drawn before it', () => {
    const options: PhantomOptions = { seed: 3, image: 8, group: 'pneumonia', letter: 'L' };
    const alone = phantom(options);
    phantom({ seed: 3, image: 7, group: 'normal' });
    expect(phantom(options)).toEqual(alone);
  });

  it('is another patient for every number and every seed', () => {
    const first = phantom({ seed: 1, image: 1, group: 'normal' });
    for (const [seed, image] of [
      [1, 2],
      [2, 1],
      [2, 2],
      [-1, 1],
    ] as const)
      expect(differences(first, phantom({ seed, image, group: 'normal' })).length).toBeGreaterThan(
        size * size * 0.5,
      );
  });

  it('uses the range of grey without burning out', () => {
    fc.assert(
      fc.property(patients, (patient) => {
        const { pixels } = phantom({ ...patient, group: 'normal' });
        expect(pixels.reduce((a, b) => Math.min(a, b))).toBeLessThan(40);
        expect(pixels.reduce((a, b) => Math.max(a, b))).toBeGreaterThan(180);
        expect(count(pixels, 255)).toBeLessThan(size * size * 0.02);
      }),
      runs,
    );
  });
});

describe('the regions of a phantom', () => {
  it('lie where they do in a chest, as films are read: the right lung at the left', () => {
    fc.assert(
      fc.property(patients, (patient) => {
        const { labels } = phantom({ ...patient, group: 'normal' });
        const right = centre(labels, regions['right-lung']);
        const left = centre(labels, regions['left-lung']);
        const heart = centre(labels, regions.heart);
        const marker = centre(labels, regions.marker);
        expect(right.column).toBeLessThan(size * 0.4);
        expect(left.column).toBeGreaterThan(size * 0.6);
        expect(heart.column).toBeGreaterThan(right.column);
        expect(heart.column).toBeLessThan(left.column);
        expect(marker.column).toBeGreaterThan(size * 0.8);
        expect(marker.row).toBeLessThan(size * 0.2);
        // The heart takes its room from the left lung.
        expect(count(labels, regions['left-lung'])).toBeLessThan(count(labels, regions['right-lung']));
        expect(count(labels, regions['left-lung'])).toBeGreaterThan(size * size * 0.12);
      }),
      runs,
    );
  });

  it('are darker where there is air: lungs below heart, in every patient', () => {
    fc.assert(
      fc.property(patients, (patient) => {
        const made = phantom({ ...patient, group: 'normal' });
        for (const lung of ['right-lung', 'left-lung'] as const)
          expect(mean(made, regions[lung])).toBeLessThan(mean(made, regions.heart) - 30);
      }),
      runs,
    );
  });

  it('label the whole of the marker’s box, which touches neither lung nor heart', () => {
    fc.assert(
      fc.property(patients, letters, (patient, letter) => {
        const { labels, markerBox } = phantom({ ...patient, group: 'normal', letter });
        const { left, top, right, bottom } = markerBox;
        expect(count(labels, regions.marker)).toBe((right - left) * (bottom - top));
        for (let row = top - 1; row <= bottom; row++)
          for (let column = left - 1; column <= right; column++)
            expect([regions.rest, regions.marker]).toContain(labels[row * size + column]);
      }),
      runs,
    );
  });
});

describe('two phantoms of one patient', () => {
  it('differ by their group only inside the affected lung, where the opacity is brighter', () => {
    fc.assert(
      fc.property(patients, letters, lungs, (patient, letter, lung) => {
        const normal = phantom({ ...patient, group: 'normal', letter });
        const ill = phantom({ ...patient, group: 'pneumonia', letter, lung });
        expect(normal.affected).toBeUndefined();
        if (lung) expect(ill.affected).toBe(lung);
        expect(Buffer.compare(ill.labels, normal.labels)).toBe(0);
        const changed = differences(normal, ill);
        expect(changed.filter((at) => ill.labels[at] !== regions[ill.affected!])).toEqual([]);
        expect(changed.filter((at) => ill.pixels[at]! < normal.pixels[at]!)).toEqual([]);
        // Large enough to be seen: at least a tenth of that lung, and clearly brighter somewhere.
        expect(changed.length).toBeGreaterThan(0.1 * count(ill.labels, regions[ill.affected!]));
        expect(Math.max(...changed.map((at) => ill.pixels[at]! - normal.pixels[at]!))).toBeGreaterThan(25);
      }),
      runs,
    );
  });

  it('differ by their letter only inside the marker’s box', () => {
    fc.assert(
      fc.property(patients, (patient) => {
        const [l, p, none] = (['L', 'P', undefined] as const).map((letter) =>
          phantom({ ...patient, group: 'pneumonia', letter }),
        ) as [Phantom, Phantom, Phantom];
        for (const [a, b] of [
          [l, p],
          [l, none],
          [p, none],
        ] as const) {
          const changed = differences(a, b);
          expect(changed.length).toBeGreaterThan(30);
          expect(changed.filter((at) => a.labels[at] !== regions.marker)).toEqual([]);
          expect(Buffer.compare(a.labels, b.labels)).toBe(0);
        }
      }),
      runs,
    );
  });

  it('have their opacity in either lung, unless one is asked for', () => {
    const affected = Array.from(
      { length: 200 },
      (_, image) => phantom({ seed: 4, image, group: 'pneumonia' }).affected,
    );
    const right = affected.filter((lung) => lung === 'right-lung').length;
    expect(right).toBeGreaterThan(70);
    expect(right).toBeLessThan(130);
  });
});
