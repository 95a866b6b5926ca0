/** Against highdicom: see tools/reference/dicom_seg.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dicomSegRegions, parseRegions, type Region } from '../src/index';

interface Golden {
  cases: { name: string; file: string; order: number[]; images: string[]; masks: string[][][] }[];
  refused: { jpeg2000: string; image: string };
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/dicom-seg.json', import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const file = (name: string) => bytes(golden.cases.find((each) => each.name === name)!.file);
const drawn = (region: Region | undefined) => {
  const text = region!.mask(7, 5).data.join('');
  return Array.from({ length: 7 }, (_, row) => text.slice(row * 5, (row + 1) * 5));
};
const names = { 1: 'a', 'left lung': 'b', coração: 'c' };

describe("segments on each slice equal highdicom's", () => {
  it.each(golden.cases)('$name', async ({ file, order, images, masks }) => {
    for (const [image, expected] of masks.entries()) {
      for (const slice of [order.indexOf(image), images[image]]) {
        const regions = await dicomSegRegions(bytes(file), names, { slice, missing: 'empty' });
        expect(regions.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
        expect(regions.map(drawn)).toEqual(expected);
      }
    }
  });
});

describe('a DICOM segmentation', () => {
  const source = 'masks/a.dcm';

  it('of one slice needs no choice, of several one', async () => {
    const [right] = await dicomSegRegions(file('one slice'), { 'right lung': 'lung' });
    expect(drawn(right)).toEqual(golden.cases.find(({ name }) => name === 'one slice')!.masks[0]![0]);
    const several = file('binary, explicit, sparse');
    await expect(dicomSegRegions(several, { 1: 'lung' }, { source })).rejects.toThrow(
      'masks/a.dcm holds 3 slices: say which, from 0, or the UID of the image',
    );
    await expect(dicomSegRegions(several, { 1: 'lung' }, { source, slice: 3 })).rejects.toThrow(
      'masks/a.dcm has no slice 3: choose 0 to 2',
    );
    await expect(dicomSegRegions(several, { 1: 'lung' }, { source, slice: '1.2' })).rejects.toThrow(
      /^masks\/a\.dcm has no slice of the image 1\.2; it holds 1\.2\.826/,
    );
    const [none] = await dicomSegRegions(several, { 1: 'lung' }, { slice: '1.2', missing: 'empty' });
    expect(none!.mask(7, 5).data).not.toContain(1);
  });

  it('without the segment, or without it on the slice, is refused by label', async () => {
    const sparse = file('binary, explicit, sparse');
    await expect(dicomSegRegions(sparse, { heart: 'h' }, { source, slice: 0 })).rejects.toThrow(
      'masks/a.dcm has no segment "heart": choose right lung (1), left lung (2), coração (3)',
    );
    for (const content of [sparse, file('binary, explicit, with empty frames')]) {
      await expect(dicomSegRegions(content, { 'left lung': 'l' }, { source, slice: 1 })).rejects.toThrow(
        /^masks\/a\.dcm has no pixel of segment "left lung" on slice 1 \(l\); it holds right lung,/,
      );
    }
  });

  it('that is something else, cut short or compressed otherwise is one sentence that names it', async () => {
    const whole = file('one slice');
    const part = (content: Uint8Array) => dicomSegRegions(content, { 1: 'a' }, { source });
    const mark = 'masks/a.dcm is no DICOM file that can be read: it lacks the mark "DICM" after 128 bytes';
    await expect(part(new Uint8Array())).rejects.toThrow(mark);
    await expect(part(new TextEncoder().encode('x'.repeat(300)))).rejects.toThrow(mark);
    await expect(part(whole.subarray(0, 500))).rejects.toThrow(/^masks\/a\.dcm is/);
    await expect(part(whole.subarray(0, whole.length - 6))).rejects.toThrow(/cut short/);
    await expect(part(bytes(golden.refused.image))).rejects.toThrow(
      'masks/a.dcm is DICOM, but no segmentation',
    );
    await expect(part(bytes(golden.refused.jpeg2000))).rejects.toThrow(
      'masks/a.dcm is compressed by JPEG 2000 Lossless (1.2.840.10008.1.2.4.90), which is not decoded here',
    );
  });

  it('that is damaged anywhere is read or refused, never anything else', async () => {
    const whole = ['one slice', 'binary, deflated', 'fractional, RLE', 'binary, implicit, sparse'].map(file);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.nat(),
        fc.uint8Array({ minLength: 1 }),
        fc.boolean(),
        async (content, at, noise, cut) => {
          const start = at % content.length;
          const damaged = cut ? content.slice(0, start) : Uint8Array.from(content);
          if (!cut) damaged.set(noise.subarray(0, damaged.length - start), start);
          try {
            await dicomSegRegions(damaged, names, { slice: 0 });
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(
              /^(bad-file|bad-input|unsupported|unknown-name)$/,
            );
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is an entry of a study file, its slice by number or by the name of the image', async () => {
    const { images, masks, order } = golden.cases[0]!;
    const readFile = async () => file('binary, explicit, sparse');
    const entry = { type: 'dicom-seg', file: 'series.dcm', segments: { 'right lung': 'lung' } };
    const image = { name: images[2]!, height: 7, width: 5 };
    const first = await (await parseRegions([{ ...entry, slice: 0 }], { readFile }))(image);
    expect(drawn(first[0])).toEqual(masks[order[0]!]![0]);
    const named = await (await parseRegions([{ ...entry, slice: '{image}' }], { readFile }))(image);
    expect(drawn(named[0])).toEqual(masks[2]![0]);
    await expect(parseRegions([{ ...entry, slice: -1 }], { readFile })).rejects.toThrow(
      'regions[0] (dicom-seg) has "slice" -1',
    );
  });
});
