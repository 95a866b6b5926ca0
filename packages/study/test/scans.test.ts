/** Against pydicom, nibabel, tifffile and Pillow: see tools/reference/scans.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../src/images/decode';
import { imagesIn } from '../src/images/folder';
import { preprocess } from '../src/images/preprocess';
import type { ScanOptions } from '../src/images/window';

interface Shaded {
  name: string;
  file: string;
  options: ScanOptions;
  shape: [number, number];
  /** 0..1, float64. */
  shades: string;
}
interface Stored {
  name: string;
  file: string;
  shape: number[];
  pixels: string;
}
const golden: {
  dicom: Shaded[];
  nifti: Shaded[];
  colours: Stored[];
  deep: Stored[];
  refused: Record<string, string>;
} = JSON.parse(readFileSync(new URL('golden/scans.json', import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const dicom = (name: string) => bytes(golden.dicom.find((each) => each.name === name)!.file);

for (const [what, cases] of [
  ["DICOM pictures are pydicom's", golden.dicom],
  ["NIfTI pictures are nibabel's", golden.nifti],
] as const) {
  describe(`${what}, to half a step of 16 bits`, () => {
    it.each(cases)('$name', async ({ name, file, options, shape, shades }) => {
      const { height, width, channels, data } = await decodeImage(bytes(file), name, options);
      expect([height, width, channels]).toEqual([...shape, 1]);
      expect(data).toBeInstanceOf(Uint16Array);
      const expected = new Float64Array(bytes(shades).buffer);
      const worst = expected.reduce(
        (most, shade, at) => Math.max(most, Math.abs(shade * 65535 - data[at]!)),
        0,
      );
      expect(worst).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(new Set(data).size).toBeGreaterThan(1);
    });
  });
}

describe('pixels are those that were stored', () => {
  it.each([...golden.colours, ...golden.deep])('$name', async ({ name, file, shape, pixels }) => {
    const picture = await decodeImage(bytes(file), name);
    expect([picture.height, picture.width, picture.channels]).toEqual([shape[0], shape[1], shape[2] ?? 1]);
    const stored = bytes(pixels);
    expect(picture.data).toEqual(
      picture.data instanceof Uint16Array ? new Uint16Array(stored.buffer) : stored,
    );
  });
});

describe('a file of a scanner', () => {
  it('goes through preprocessing like any picture', async () => {
    const picture = await decodeImage(dicom('8 bits'), 'a.dcm');
    const { tensor, shown } = preprocess(picture, {
      size: [8, 8],
      channels: 3,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(tensor.shape).toEqual([1, 3, 8, 8]);
    expect(Math.max(...shown.data)).toBeGreaterThan(100);
  });

  it('with several frames or a window that makes no sense is refused by name', async () => {
    await expect(decodeImage(dicom('the last of three frames'), 'a.dcm')).rejects.toThrow(
      /^a\.dcm holds 3 frames: say which, from 0$/,
    );
    await expect(decodeImage(dicom('the last of three frames'), 'a.dcm', { frame: 3 })).rejects.toThrow(
      /^a\.dcm has no frame at 3: choose 0 to 2$/,
    );
    await expect(decodeImage(dicom('8 bits'), 'a.dcm', { window: [0, 0] })).rejects.toThrow(
      /^a\.dcm has a window of centre 0 and width 0: give/,
    );
  });

  it.each(Object.entries(golden.refused))('in %s is refused by that name', async (name, file) => {
    await expect(decodeImage(bytes(file), 'a.dcm')).rejects.toMatchObject({
      code: 'unsupported',
      message: `a.dcm is compressed by ${name}, which is not decoded here: save it uncompressed, as Explicit VR Little Endian`,
    });
  });

  it.each([
    '12 bits, explicit',
    'RLE, 12 bits',
    'JPEG-LS, 12 bits',
    'JPEG Lossless, 12 bits',
    'JPEG Baseline',
  ])('%s, cut short, is one sentence that names the file', async (name) => {
    const whole = dicom(name);
    for (const length of [130, Math.floor(whole.length / 2), whole.length - 40]) {
      await expect(decodeImage(whole.subarray(0, length), 'scans/a.dcm')).rejects.toMatchObject({
        code: expect.stringMatching(/^(bad-file|unsupported)$/),
        message: expect.stringMatching(/^scans\/a\.dcm [^\n]+$/),
      });
    }
  });

  it('that is damaged anywhere is read or refused by name, never anything else', async () => {
    const files = [...golden.dicom, ...golden.nifti].map(({ file }) => bytes(file));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.uint8Array({ minLength: 1 }),
        async (file, at, noise) => {
          const start = at % file.length;
          const damaged = Uint8Array.from(file);
          damaged.set(noise.subarray(0, damaged.length - start), start);
          try {
            await decodeImage(damaged, 'a.dcm');
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(bad-file|bad-input|unsupported)$/);
            expect((error as Error).message).toMatch(/^a\.dcm /);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is found in a folder by its extension', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scans-'));
    for (const name of ['b.dcm', 'c.nii.gz', 'a.NII', 'd.gz', 'e.txt'])
      await writeFile(join(folder, name), '');
    expect(await imagesIn(folder, 'group "a"')).toEqual(['a.NII', 'b.dcm', 'c.nii.gz']);
  });
});
