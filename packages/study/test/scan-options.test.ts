/** Window, frame and slice, at the prompt and in a study, on the golden scans of scans.test.ts. */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { main } from '../src/cli';
import { decodeImage } from '../src/images/decode';
import { readStudy } from '../src/study/config';
import { runStudy } from '../src/study/run';
import { demoModel, temporaryFolder } from './folders';

interface Scan {
  name: string;
  file: string;
}
const golden: { dicom: Scan[]; nifti: Scan[] } = JSON.parse(
  readFileSync(new URL('golden/scans.json', import.meta.url), 'utf8'),
);
const scan = (kind: 'dicom' | 'nifti', name: string) =>
  new Uint8Array(Buffer.from(golden[kind].find((each) => each.name === name)!.file, 'base64'));

async function run(...args: string[]): Promise<{ code: number; error: string }> {
  let error = '';
  const code = await main(args, {
    out: () => {},
    error: (text) => {
      error += text;
    },
  });
  return { code, error };
}

describe('explain takes of a scan what it is told', () => {
  const frames = scan('dicom', 'the last of three frames');
  const volume = scan('nifti', 'window');
  it.each([
    ['frame', 'a.dcm', frames, ['--frame', '1'], { frame: 1 }],
    ['window', 'a.dcm', scan('dicom', 'without a window'), ['--window', '900,400'], { window: [900, 400] }],
    [
      'slice',
      'a.nii',
      volume,
      ['--axis', 'coronal', '--index', '2', '--window', '100,80'],
      { axis: 'coronal', index: 2, window: [100, 80] },
    ],
    ['axis of the array', 'a.nii', volume, ['--axis', '0'], { axis: 0 }],
  ] as const)('%s', async (_, name, bytes, args, options) => {
    const folder = await temporaryFolder();
    const file = join(folder, name);
    await writeFile(file, bytes);
    // The same picture as a PNG of 16 bits.
    const { width, height, data } = await decodeImage(bytes, name, options);
    const raw = { raw: { width, height, channels: 1 as const } };
    const png = join(folder, 'b.png');
    await sharp(data as Uint16Array, raw)
      .toColourspace('grey16')
      .png()
      .toFile(png);
    const output = join(folder, 'out');
    const method = ['-m', 'gradient', '-o', output];
    expect(await run('explain', demoModel, file, ...args, ...method)).toEqual({ code: 0, error: '' });
    expect(await run('explain', demoModel, png, ...method)).toEqual({ code: 0, error: '' });
    const map = (image: string) => readFile(join(output, `${image}.gradient.npy`));
    expect(await map('a')).toEqual(await map('b'));
    // Without the options it is another picture, or none.
    const otherwise = await run('explain', demoModel, file, '-m', 'gradient', '-o', join(folder, 'plain'));
    if (otherwise.code === 0) {
      expect(await readFile(join(folder, 'plain', 'a.gradient.npy'))).not.toEqual(await map('a'));
    } else expect(otherwise.error).toContain('holds 3 frames: say which');
  });
});

describe('a study says it for all its images', () => {
  const study = async (settings: Record<string, unknown>) => {
    const folder = await temporaryFolder();
    for (const [group, names] of Object.entries({ a: ['1', '2'], b: ['3', '4'] })) {
      await mkdir(join(folder, group));
      for (const name of names)
        await writeFile(join(folder, group, `${name}.dcm`), scan('dicom', 'the last of three frames'));
    }
    const file = join(folder, 'study.json');
    const whole = {
      model: demoModel,
      groups: { a: 'a', b: 'b' },
      preprocessing: { mean: [0.5], std: [0.25] },
      methods: ['gradient'],
      regions: [{ type: 'grid', rows: 1, columns: 2 }],
      ...settings,
    };
    await writeFile(file, JSON.stringify(whole));
    return readStudy(file);
  };

  it('and explains again what it takes another frame of', async () => {
    const config = await study({ scan: { frame: 1 } });
    const first = await readFile((await runStudy(config)).files.csv, 'utf8');
    const other = await runStudy({ ...config, scan: { frame: 2 } });
    expect(await readFile(other.files.csv, 'utf8')).not.toBe(first);
    await expect(runStudy(await study({}))).rejects.toThrow('holds 3 frames: say which, from 0');
  });

  it.each([
    [{ window: [40] }, /"scan\.window" is wrong/],
    [{ window: [40, 0] }, /"scan\.window\.1" is wrong: Too small/],
    [{ axis: 'front' }, /"scan\.axis" is wrong/],
    [{ slice: 3 }, /there is no setting "slice" in "scan"/],
  ])('%j is refused', async (scan, message) => {
    await expect(study({ scan })).rejects.toThrow(message);
  });
});
