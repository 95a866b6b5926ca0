/** Against nibabel: see tools/reference/nifti.py, which wrote the golden file. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelMap, labelsFromNifti, type NiftiSliceOptions, openNifti, parseRegions } from '../src/index';

interface Case {
  name: string;
  file: string;
  volume: number | null;
  slices: {
    axis: NonNullable<NiftiSliceOptions['axis']>;
    index: number;
    shape: number[];
    values: number[];
  }[];
  range: [number, number];
}
const golden: Case[] = JSON.parse(readFileSync(new URL('./golden/nifti.json', import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const file = (name: string) => bytes(golden.find((each) => each.name === name)!.file);

describe('slices of NIfTI files equal nibabel', () => {
  it.each(golden)('$name', async ({ file, volume: number, slices, range }) => {
    const nifti = await openNifti(bytes(file));
    const volume = number ?? undefined;
    for (const { axis, index, shape, values } of slices) {
      const slice = nifti.slice({ axis, index, volume });
      expect(slice.values.shape).toEqual(shape);
      expect([...slice.values.data]).toEqual(values);
    }
    expect(nifti.range(volume)).toEqual(range);
  });
});

describe('a NIfTI file', () => {
  it('gives the middle axial slice, seen as radiologists do, where nothing else is said', async () => {
    const { axis, index, values } = golden.find(({ name }) => name === 'scaled')!.slices[5]!;
    expect([axis, index]).toEqual(['axial', 2]);
    const { values: slice, orientation } = (await openNifti(file('scaled'))).slice();
    expect([...slice.data]).toEqual(values);
    expect(orientation).toEqual({ rows: 'anterior to posterior', columns: 'right to left' });
  });

  it('says where rows and columns lead', async () => {
    const nifti = await openNifti(file('PIR'));
    expect(nifti.shape).toEqual([2, 3, 4, 1]);
    const lead = (axis: NiftiSliceOptions['axis']) => Object.values(nifti.slice({ axis }).orientation);
    expect(lead('coronal')).toEqual(['superior to inferior', 'right to left']);
    expect(lead('sagittal')).toEqual(['superior to inferior', 'anterior to posterior']);
    expect(lead(1)).toEqual(['axis 0', 'axis 2']);
  });

  it('keeps the display range of its header', async () => {
    const content = file('scaled');
    expect((await openNifti(content)).display).toBeUndefined();
    new DataView(content.buffer).setFloat32(124, 50, true);
    expect((await openNifti(content)).display).toEqual([0, 50]);
  });

  it('that lacks a transform is read by axes of the array, and refused for planes of the body', async () => {
    const nifti = await openNifti(file('without a transform'), 'a.nii');
    expect(() => nifti.slice()).toThrow('a.nii does not say how it lies in the body: give axis 0, 1 or 2');
  });

  it('with several volumes, or an index beyond its last, is refused by name', async () => {
    const several = await openNifti(file('the second of three volumes'), 'a.nii');
    expect(() => several.slice()).toThrow('a.nii holds 3 volumes: say which, from 0');
    expect(() => several.slice({ volume: 3 })).toThrow('a.nii has no volume at 3: choose 0 to 2');
    const one = await openNifti(file('scaled'), 'b.nii');
    expect(() => one.slice({ axis: 0, index: 3 })).toThrow('b.nii has no slice along 0 at 3: choose 0 to 2');
    expect(() => one.slice({ index: 0.5 })).toThrow('b.nii has no slice along axial at 0.5');
    expect(() => one.slice({ axis: 'oblique' as never })).toThrow('b.nii has no axis "oblique"');
  });

  it('that is empty, cut short, something else, or in two files is one sentence that names it', async () => {
    const whole = file('scaled');
    const pair = Uint8Array.from(whole);
    pair.set(new TextEncoder().encode('ni1'), 344);
    const colour = Uint8Array.from(whole);
    new DataView(colour.buffer).setInt16(70, 128, true);
    const flat = Uint8Array.from(whole);
    new DataView(flat.buffer).setInt16(42, 0, true);
    for (const [content, message] of [
      [new Uint8Array(), 'a.nii is no NIfTI file that can be read: it lacks the mark of one'],
      [new TextEncoder().encode('x'.repeat(400)), 'it lacks the mark of one'],
      [whole.subarray(0, 347), 'it is cut short'],
      [whole.subarray(0, whole.length - 1), 'it has 471 bytes, and 3 × 4 × 5 voxels of 2 bytes need 472'],
      [pair, 'a.nii is a NIfTI header whose data lie in another file'],
      [colour, 'a.nii has voxels of type 128'],
      [flat, 'it has the dimensions 0 × 4 × 5'],
      [file('compressed').subarray(0, 60), 'a.nii is a damaged gzip file, or cut short'],
    ] as const) {
      await expect(openNifti(content, 'a.nii')).rejects.toThrow(message);
    }
  });

  it('that is damaged anywhere is read or refused, never anything else', async () => {
    const whole = ['scaled', 'u1, version 2, <', 'compressed'].map(file);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.nat(),
        fc.uint8Array({ minLength: 1 }),
        async (content, at, noise) => {
          const damaged = Uint8Array.from(content);
          const start = at % damaged.length;
          damaged.set(noise.subarray(0, damaged.length - start), start);
          try {
            (await openNifti(damaged)).slice();
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(bad-file|bad-input|unsupported)$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('label maps from NIfTI', () => {
  /** Labels 0 and 1 by columns of the body: the patient's right is 1. */
  const labels = () => {
    const content = file('u1, version 2, <');
    const [nx, ny, nz] = [3, 4, 5];
    for (let voxel = 0; voxel < nx * ny * nz; voxel++) {
      content[content.length - nx * ny * nz + voxel] = Number(voxel % nx === 2);
    }
    return content;
  };

  it("show the patient's right on the left", async () => {
    const [right] = labelMap(await labelsFromNifti(labels()), { 1: 'right' });
    expect(right!.mask(1, 3).data.join('')).toBe('100');
  });

  it('are entries of a study file, by axis and index', async () => {
    const readFile = async () => labels();
    const entry = { type: 'nifti', file: '{image}.nii.gz', labels: { 1: 'right' } };
    const image = { name: 'a', height: 3, width: 3 };
    const [seen] = await (await parseRegions([entry], { readFile }))(image);
    expect(seen!.mask(1, 3).data.join('')).toBe('100');
    const [stored] = await (await parseRegions([{ ...entry, axis: 2, index: 1 }], { readFile }))(image);
    expect(stored!.mask(3, 1).data.join('')).toBe('001');
    await expect((await parseRegions([{ ...entry, index: 9 }], { readFile }))(image)).rejects.toThrow(
      'the file "a.nii.gz" of regions[0] (nifti) has no slice along axial at 9: choose 0 to 4',
    );
    await expect(parseRegions([{ ...entry, axis: 3 }])).rejects.toThrow(
      'choose axial or coronal or sagittal or 0',
    );
    await expect(parseRegions([{ ...entry, index: 'a' }])).rejects.toThrow(
      'has "index" "a", and needs a whole number',
    );
  });

  it('with values between labels are refused', async () => {
    await expect(labelsFromNifti(file('scaled'), {}, 'a.nii')).rejects.toThrow(
      /^a\.nii holds -?[\d.]+, and a label map/,
    );
  });
});
