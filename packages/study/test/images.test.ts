import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage, type Picture, readImage } from '../src/images/decode';
import { type Preprocessing, preprocess } from '../src/images/preprocess';
import { type Interpolation, resizeBytes, resizeFloats } from '../src/images/resize';

/** Made by tools/reference/images.py with Pillow and torchvision. */
interface Golden {
  sources: Record<string, { shape: number[]; pixels: string }>;
  deep: { shape: number[]; pixels: string };
  decoded: Record<string, { file: string; shape: number[]; pixels: string }>;
  resized: { source: string; size: [number, number]; interpolation: Interpolation; pixels: string }[];
  floats: { size: [number, number]; pixels: string }[];
  prepared: (Preprocessing & { file: string; shape: number[]; values: string })[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('golden/images.json', import.meta.url), 'utf8'));

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const words = (base64: string) => new Uint16Array(bytes(base64).buffer);
const floats = (base64: string) => new Float32Array(bytes(base64).buffer);

describe('decoding', () => {
  for (const [name, { file, shape, pixels }] of Object.entries(golden.decoded)) {
    it(`${name} gives Pillow's pixels`, async () => {
      const picture = await decodeImage(bytes(file), name);
      expect([picture.height, picture.width, picture.channels]).toEqual([shape[0], shape[1], shape[2] ?? 1]);
      expect(picture.data).toEqual(name.startsWith('grey16') ? words(pixels) : bytes(pixels));
    });
  }

  it('a 16-bit colour PNG keeps its 16 bits', async () => {
    const { default: sharp } = await import('sharp');
    const data = Uint16Array.from({ length: 5 * 4 * 3 }, (_, i) => i * 1000 + 7);
    const png = await sharp(data, { raw: { width: 5, height: 4, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await decodeImage(png, 'rgb16.png')).data).toEqual(data);
  });

  it('a text file named .png is one sentence that names the file', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'images-')), 'notes.png');
    await writeFile(path, 'these are notes, not pixels\n');
    await expect(readImage(path)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(/^.*notes\.png is not an image that can be read: [^\n]+$/),
    });
  });

  it('a truncated file, an empty file and a missing file name the file too', async () => {
    const whole = bytes(golden.decoded['rgb.png']!.file);
    await expect(decodeImage(whole.subarray(0, 900), 'half.png')).rejects.toThrow(
      /^half\.png is not an image/,
    );
    await expect(decodeImage(new Uint8Array(), 'none.png')).rejects.toThrow(/^none\.png is an empty file/);
    await expect(readImage('no/such.png')).rejects.toThrow(
      /^no\/such\.png can't be read: there is no such file$/,
    );
  });
});

describe('resizing', () => {
  for (const { source, size, interpolation, pixels } of golden.resized) {
    it(`${source} to ${size.join('×')} by ${interpolation} equals Pillow bit by bit`, () => {
      const { shape, pixels: from } = golden.sources[source]!;
      const picture = {
        height: shape[0]!,
        width: shape[1]!,
        channels: (shape[2] ?? 1) as 1 | 3,
        data: bytes(from),
      };
      expect(resizeBytes(picture, size[1], size[0], interpolation).data).toEqual(bytes(pixels));
    });
  }

  for (const { size, pixels } of golden.floats) {
    it(`16-bit pixels to ${size.join('×')} equal Pillow's mode F`, () => {
      const [height, width] = golden.deep.shape as [number, number];
      const data = Float32Array.from(words(golden.deep.pixels), (v) => v / 65535);
      const out = resizeFloats({ height, width, channels: 1, data }, size[1], size[0]);
      expect(out.data).toEqual(floats(pixels));
    });
  }
});

describe('preprocessing', () => {
  for (const { file, shape, values, ...options } of golden.prepared) {
    it(`${file} at ${JSON.stringify(options.size)}, crop ${JSON.stringify(options.crop)} and ${options.channels} channels equals torchvision bit by bit`, async () => {
      const picture = await decodeImage(bytes(golden.decoded[file]!.file), file);
      const { tensor } = preprocess(picture, options);
      expect(tensor.shape).toEqual([1, ...shape]);
      expect(tensor.data).toEqual(floats(values));
    });
  }

  it('16 bits are not cut to 8 on the way', () => {
    const data = Uint16Array.of(0, 1, 256, 65535);
    const picture: Picture = { width: 2, height: 2, channels: 1, data };
    const { tensor, shown } = preprocess(picture, { size: [2, 2], channels: 1, mean: [0], std: [1] });
    expect(tensor.data).toEqual(Float32Array.from(data, (v) => v / 65535));
    expect(shown.data).toEqual(Uint8Array.of(0, 0, 1, 255));
  });

  it('a crop larger than the picture says so', () => {
    const picture: Picture = { width: 4, height: 4, channels: 1, data: new Uint8Array(16) };
    expect(() =>
      preprocess(picture, { size: 4, crop: [5, 4], channels: 1, mean: [0], std: [1] }, 'a.png'),
    ).toThrow(/^a\.png is 4×4 after resizing, smaller than the crop of 5×4/);
  });
});
