import type { Tensor } from '@regional-saliency/core';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { faceBoxes, faceLabels, landmarkRegions, parseRegions, type Region } from '../src/index';

type Rectangle = readonly [left: number, top: number, right: number, bottom: number];

/** A label map with a rectangle for each part, in the paper's numbering. */
function drawn(size: number, parts: readonly (readonly [label: number, rectangle: Rectangle])[]): Tensor {
  const data = new Uint8Array(size * size).fill(1);
  for (const [label, [left, top, right, bottom]] of parts) {
    for (let y = top; y < bottom; y++) data.fill(label, y * size + left, y * size + right);
  }
  return { data, shape: [size, size], dtype: 'uint8' };
}
const face = [
  [2, [50, 70, 95, 80]],
  [4, [55, 88, 90, 101]],
  [3, [128, 72, 172, 81]],
  [5, [132, 87, 168, 100]],
  [6, [95, 90, 130, 140]],
  [7, [85, 160, 140, 168]],
  [9, [88, 168, 137, 181]],
] as const;

const bounds = (region: Region | undefined, size: number): Rectangle => {
  const { data } = region!.mask(size, size);
  const set = [...data.keys()].filter((pixel) => data[pixel]);
  const [xs, ys] = [set.map((pixel) => pixel % size), set.map((pixel) => Math.floor(pixel / size))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
};
const named = (regions: readonly Region[], name: string) => regions.find((region) => region.name === name)!;
const mirrored = (data: ArrayLike<number>, size: number) =>
  Array.from({ length: size * size }, (_, at) => data[at - (at % size) + (size - 1 - (at % size))]!);

describe('boxes over a face parsing', () => {
  const apart = faceBoxes(drawn(224, face), { labels: 'lapa', eyes: 'apart' });

  it('have the margins of the paper', () => {
    // Brow and eye: x 50-95, y 70-101, so 9 pixels outwards, 4.5 inwards, 6.2 up and down; pixel centres decide.
    expect(bounds(named(apart, 'right eye'), 224)).toEqual([41, 64, 99, 107]);
    // x 128-172, y 72-100: 4.4 inwards, 8.8 outwards, 5.6 up and down.
    expect(bounds(named(apart, 'left eye'), 224)).toEqual([124, 66, 181, 106]);
    // The gap of 20 between nose and lips is shared; half of it goes on below the lips; 11 to each side.
    expect(bounds(named(apart, 'mouth'), 224)).toEqual([74, 150, 151, 191]);
    // 0.3 of the lower eye's 28 below the eyes' top, which is 63.8: row 72.2, and between the eyes only.
    const nose = named(apart, 'nose').mask(224, 224).data;
    expect(bounds(named(apart, 'nose'), 224)).toEqual([95, 72, 130, 150]);
    expect([nose[80 * 224 + 98], nose[80 * 224 + 99], nose[80 * 224 + 123], nose[80 * 224 + 124]]).toEqual([
      0, 1, 1, 0,
    ]);
    expect([nose[120 * 224 + 95], nose[120 * 224 + 129]]).toEqual([1, 1]);
  });

  it('of both eyes are one region by default, and no pixel is both eye and nose', () => {
    const [eyes, nose, mouth] = faceBoxes(drawn(224, face), { labels: 'lapa' });
    expect([eyes!.name, nose!.name, mouth!.name]).toEqual(['eyes', 'nose', 'mouth']);
    const [ofEyes, ofNose] = [eyes!.mask(224, 224).data, nose!.mask(224, 224).data];
    expect(ofEyes.some((set, pixel) => set && ofNose[pixel])).toBe(false);
    const [right, left] = ['right eye', 'left eye'].map((name) => named(apart, name).mask(224, 224).data);
    expect([...ofEyes]).toEqual([...right!].map((set, pixel) => set | left![pixel]!));
  });

  it('lie within a pixel of those that whole-pixel arithmetic gives, plus the row and column that it leaves out', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 28, maxLength: 28 }), (moves) => {
        const parts = face.map(([label, [left, top, right, bottom]], index) => {
          const [a, b, c, d] = moves.slice(4 * index);
          return [label, [left + a!, top + (b! >> 2), right + c!, bottom + (d! >> 2)]] as const;
        });
        const regions = faceBoxes(drawn(224, parts), { labels: 'lapa', eyes: 'apart' });
        // A part drawn later may cover the edge of one drawn before, so the boxes are read from the map.
        const seen = new Map(parts.map(([label]) => [label, boxOf(drawn(224, parts), label)]));
        for (const [name, [left, top, right, bottom]] of Object.entries(
          wholePixels((label) => seen.get(label as 2)!),
        )) {
          const found = bounds(named(regions, name), 224);
          const far = [found[0] - left, found[1] - top, found[2] - right, found[3] - bottom];
          for (const difference of far) expect(Math.abs(difference)).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 30 },
    );
  });

  /** First and last pixel of a label. */
  function boxOf({ data }: Tensor, label: number): Rectangle {
    const set = Array.from(data as Uint8Array, (value, pixel) => (value === label ? pixel : -1)).filter(
      (at) => at >= 0,
    );
    const [xs, ys] = [set.map((pixel) => pixel % 224), set.map((pixel) => Math.floor(pixel / 224))];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }

  /** The rule in whole pixels of a 224 × 224 map, from the first and last pixel of each part. */
  function wholePixels(part: (label: number) => Rectangle): Record<string, Rectangle> {
    const around = (a: Rectangle, b: Rectangle): Rectangle => [
      Math.min(a[0], b[0]),
      Math.min(a[1], b[1]),
      Math.max(a[2], b[2]),
      Math.max(a[3], b[3]),
    ];
    const eye = (brow: number, lids: number, toLeft: number, toRight: number): Rectangle => {
      const [x0, y0, x1, y1] = around(part(brow), part(lids));
      const [w, h] = [x1 - x0, y1 - y0];
      const down = Math.trunc(0.2 * h);
      return [x0 - Math.trunc(toLeft * w), y0 - down, x1 + Math.trunc(toRight * w), y1 + down];
    };
    const nose = part(6);
    const lips = around(part(7), part(9));
    const edge = Math.trunc((lips[1] + nose[3]) / 2);
    const side = Math.trunc(0.2 * (lips[2] - lips[0]));
    const below = Math.trunc(0.5 * (lips[1] - nose[3]));
    const [right, left] = [eye(2, 4, 0.2, 0.1), eye(3, 5, 0.1, 0.2)];
    const high = (box: Rectangle) => box[3] - box[1];
    const lower = Math.min(high(around(part(2), part(4))), high(around(part(3), part(5))));
    return {
      'right eye': right,
      'left eye': left,
      nose: [nose[0], Math.min(right[1], left[1]) + Math.trunc(0.3 * lower), nose[2], edge],
      mouth: [lips[0] - side, edge, lips[2] + side, lips[3] + below],
    };
  }

  it('of a mirrored face are the mirrored regions, whichever way the network numbers the sides', () => {
    const map = drawn(224, face);
    const flipped: Tensor = { ...map, data: Uint8Array.from(mirrored(map.data as Uint8Array, 224)) };
    for (const labels of [
      faceLabels.lapa,
      {
        ...faceLabels.lapa,
        eyes: [
          [3, 5],
          [2, 4],
        ],
      } as const,
    ]) {
      const other = faceBoxes(flipped, { labels, eyes: 'apart' });
      for (const [name, mirror] of [
        ['right eye', 'left eye'],
        ['left eye', 'right eye'],
        ['nose', 'nose'],
        ['mouth', 'mouth'],
      ] as const) {
        const here = named(apart, name).mask(224, 224).data;
        // Half-way margins (4.5 of a pixel) reach a pixel's centre on one side only: the edges are half open.
        const differing = mirrored(named(other, mirror).mask(224, 224).data, 224).filter(
          (set, at) => set !== here[at],
        );
        expect(differing.length).toBeLessThanOrEqual(45);
      }
    }
  });

  it('look at the largest component of each label, of pixels that touch by corners too', () => {
    const specks = [...face, [6, [2, 2, 12, 12]], [7, [200, 200, 203, 203]]] as const;
    expect(faceBoxes(drawn(224, specks), { labels: 'lapa' }).map((region) => bounds(region, 224))).toEqual(
      faceBoxes(drawn(224, face), { labels: 'lapa' }).map((region) => bounds(region, 224)),
    );
    const steps = Array.from({ length: 20 }, (_, i) => [6, [100 + i, 110 + i, 101 + i, 111 + i]] as const);
    const others = face.filter(([label]) => label !== 6);
    const diagonal = faceBoxes(drawn(224, [...others, [6, [95, 100, 98, 103]], ...steps]), {
      labels: 'lapa',
    });
    expect(bounds(named(diagonal, 'nose'), 224)).toEqual([100, 72, 120, 145]);
  });

  it('are cut at the border of the image', () => {
    const map = drawn(
      224,
      face.map(([label, [l, t, r, b]]) => [label, [l - 48, t - 68, r - 48, b - 68]] as const),
    );
    const right = named(faceBoxes(map, { labels: 'lapa', eyes: 'apart' }), 'right eye');
    expect(bounds(right, 224)).toEqual([0, 0, 51, 39]);
  });

  it('say which label is missing; told that it may be, give what is there', () => {
    const hidden = drawn(
      224,
      face.filter(([label]) => label !== 3 && label !== 5),
    );
    expect(() => faceBoxes(hidden, { labels: 'lapa', source: 'eye-patch.png' })).toThrow(
      'eye-patch.png has no pixel with label 3 (an eye or its brow); it holds 1, 2, 4, 6, 7, 9',
    );
    const regions = faceBoxes(hidden, { labels: 'lapa', eyes: 'apart', missing: 'empty' });
    expect(regions.map(({ name }) => name)).toEqual(['right eye', 'left eye', 'nose', 'mouth']);
    expect(named(regions, 'left eye').mask(224, 224).data.some(Boolean)).toBe(false);
    expect(bounds(named(regions, 'right eye'), 224)).toEqual(bounds(named(apart, 'right eye'), 224));
    const empty = faceBoxes(drawn(9, []), { missing: 'empty' });
    expect(empty.every((region) => !region.mask(9, 9).data.some(Boolean))).toBe(true);
  });

  it('refuse another shape, numbering or margin', () => {
    expect(() => faceBoxes({ data: new Uint8Array(4), shape: [4], dtype: 'uint8' })).toThrow(
      '[height, width]',
    );
    expect(() => faceBoxes(drawn(9, []), { labels: 'other' as 'lapa' })).toThrow(
      'choose bisenet, celebamask-hq, lapa',
    );
    expect(() => faceBoxes(drawn(9, []), { margins: { eyeOuter: -1 } })).toThrow(
      'the margin "eyeOuter" is -1',
    );
  });
});

/** An upright face, in fractions of the image, symmetric about 0.5. */
const upright: [number, number][] = (() => {
  const half: Record<number, [number, number]> = {
    17: [0.2, 0.33],
    18: [0.24, 0.3],
    19: [0.3, 0.29],
    20: [0.36, 0.3],
    21: [0.42, 0.32],
    27: [0.5, 0.38],
    28: [0.5, 0.44],
    29: [0.5, 0.5],
    30: [0.5, 0.56],
    31: [0.42, 0.6],
    32: [0.46, 0.62],
    33: [0.5, 0.63],
    36: [0.26, 0.4],
    37: [0.3, 0.38],
    38: [0.36, 0.38],
    39: [0.4, 0.41],
    40: [0.36, 0.43],
    41: [0.3, 0.43],
    48: [0.36, 0.74],
    49: [0.41, 0.71],
    50: [0.46, 0.7],
    51: [0.5, 0.71],
    57: [0.5, 0.82],
    58: [0.46, 0.81],
    59: [0.41, 0.79],
    60: [0.38, 0.745],
    61: [0.46, 0.74],
    62: [0.5, 0.745],
    66: [0.5, 0.77],
    67: [0.46, 0.765],
  };
  for (let i = 0; i <= 8; i++)
    half[i] = [0.5 - 0.38 * Math.cos((i * Math.PI) / 16), 0.4 + 0.5 * Math.sin((i * Math.PI) / 16)];
  return Array.from({ length: 68 }, (_, i) => {
    const [x, y] = half[i] ?? half[mirror(i)]!;
    return half[i] ? [x, y] : [1 - x, y];
  });
})();

/** The landmark that a mirror shows in the place of this one. */
function mirror(index: number): number {
  if (index <= 16) return 16 - index;
  if (index <= 26) return 43 - index;
  if (index <= 30) return index;
  if (index <= 35) return 66 - index;
  const pairs = [
    [36, 45],
    [37, 44],
    [38, 43],
    [39, 42],
    [40, 47],
    [41, 46],
    [48, 54],
    [49, 53],
    [50, 52],
    [55, 59],
    [56, 58],
    [60, 64],
    [61, 63],
    [65, 67],
  ];
  for (const [a, b] of pairs) if (index === a || index === b) return a! + b! - index;
  return index;
}

describe('polygons through 68 landmarks', () => {
  it('hold the parts of the face and nothing of the others', () => {
    const regions = landmarkRegions(upright, { eyes: 'apart' });
    expect(regions.map(({ name }) => name)).toEqual(['right eye', 'left eye', 'nose', 'mouth']);
    const holds = (name: string, x: number, y: number) =>
      named(regions, name).mask(200, 200).data[Math.floor(y * 200) * 200 + Math.floor(x * 200)] === 1;
    // The person's right eye is on the left of the image.
    expect([
      holds('right eye', 0.33, 0.4),
      holds('right eye', 0.33, 0.33),
      holds('left eye', 0.33, 0.4),
    ]).toEqual([true, true, false]);
    expect([holds('left eye', 0.67, 0.4), holds('nose', 0.5, 0.55), holds('mouth', 0.5, 0.755)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([holds('nose', 0.5, 0.66), holds('mouth', 0.5, 0.68), holds('right eye', 0.2, 0.42)]).toEqual([
      false,
      false,
      false,
    ]);
    const lids = landmarkRegions(upright, { eyes: 'apart', brows: false });
    expect(named(lids, 'right eye').mask(200, 200).data[66 * 200 + 66]).toBe(0);
    expect(named(lids, 'right eye').mask(200, 200).data[80 * 200 + 66]).toBe(1);
  });

  it('of mirrored landmarks are the mirrored regions', () => {
    const moves = fc.array(fc.double({ min: -0.02, max: 0.02, noNaN: true }), {
      minLength: 136,
      maxLength: 136,
    });
    fc.assert(
      fc.property(moves, fc.boolean(), fc.integer({ min: 20, max: 90 }), (moved, brows, size) => {
        // Off the grid of pixel centres, so that no centre lies on an edge, where a half-open edge takes sides.
        const points = upright.map(
          ([x, y], i) =>
            [x + moved[2 * i]! + Math.SQRT2 / 1e4, y + moved[2 * i + 1]! + Math.sqrt(3) / 1e4] as const,
        );
        const seen = points.map((_, i) => [1 - points[mirror(i)]![0], points[mirror(i)]![1]] as const);
        const [here, there] = [points, seen].map((each) => landmarkRegions(each, { eyes: 'apart', brows }));
        for (const [name, other] of [
          ['right eye', 'left eye'],
          ['left eye', 'right eye'],
          ['nose', 'nose'],
          ['mouth', 'mouth'],
        ] as const) {
          expect(mirrored(named(there!, other).mask(size, size).data, size)).toEqual([
            ...named(here!, name).mask(size, size).data,
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('need 68 of them', () => {
    expect(() => landmarkRegions(upright.slice(1))).toThrow(
      '68 landmarks in the order of 300-W, and 67 points were given',
    );
    expect(() => landmarkRegions(upright.map(([x, y]) => [x * 224, y * 224]))).toThrow('units "pixel"');
  });
});

describe('faces in a study file', () => {
  const image = { name: 'a', height: 224, width: 224 };
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const set = (entries: unknown, files: Record<string, Uint8Array>) =>
    parseRegions(entries, {
      readFile: async (path) => files[path] ?? Promise.reject(new Error('no such file')),
    });

  it('a parsing for each image', async () => {
    const png = encode({ data: drawn(224, face).data as Uint8Array, width: 224, height: 224, channels: 1 });
    const regions = await (
      await set([{ type: 'face-parsing', file: 'parsing/{image}.png', labels: 'lapa', eyes: 'apart' }], {
        'parsing/a.png': png,
      })
    )(image);
    expect(regions.map((region) => [region.name, ...bounds(region, 224)])).toEqual(
      faceBoxes(drawn(224, face), { labels: 'lapa', eyes: 'apart' }).map((region) => [
        region.name,
        ...bounds(region, 224),
      ]),
    );
  });

  it('landmarks for each image or one for all, in fractions or pixels', async () => {
    const own = await (
      await set([{ type: 'landmarks', file: '{image}.json', brows: false }], { 'a.json': text(upright) })
    )(image);
    const pixels = upright.map(([x, y]) => [x * 224, y * 224]);
    const shared = await set([{ type: 'landmarks', file: 'mean.json', units: 'pixel', brows: false }], {
      'mean.json': text({ landmarks: pixels }),
    });
    const drawnBy = (regions: readonly Region[]) =>
      regions.map(({ name, mask }) => [name, mask(224, 224).data.join('')]);
    expect(drawnBy(own)).toEqual(drawnBy(landmarkRegions(upright, { brows: false })));
    expect(drawnBy(await shared(image))).toEqual(
      drawnBy(landmarkRegions(pixels as [number, number][], { brows: false }, { units: 'pixel', image })),
    );
  });

  it('name the field or file that is wrong', async () => {
    await expect(set([{ type: 'face-parsing', file: 'a.png', labels: 'x' }], {})).rejects.toThrow(
      'choose bisenet',
    );
    await expect(set([{ type: 'landmarks', file: 'a.json', brows: 1 }], {})).rejects.toThrow(
      'neither true nor false',
    );
    await expect(
      set([{ type: 'landmarks', file: 'a.json' }], { 'a.json': text(upright.slice(3)) }),
    ).rejects.toThrow('holds 65 points, and a face has 68 landmarks');
  });
});
