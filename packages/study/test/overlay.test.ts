import { execFileSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BytePicture, decodeImage } from '../src/images/decode';
import { colourMaps, colourTable } from '../src/overlay/colours';
import { type Field, levelsOf, percentile } from '../src/overlay/levels';
import { encodeNpy } from '../src/overlay/npy';
import { drawOverlay, encodePng } from '../src/overlay/overlay';

const grey = (width: number, height: number, value: number): BytePicture => ({
  width,
  height,
  channels: 1,
  data: new Uint8Array(width * height).fill(value),
});

const field = (width: number, height: number, values: number[]): Field => ({
  width,
  height,
  data: Float32Array.from(values),
});

describe('colour maps', () => {
  it('sequential ones get lighter all the way, so they read in grey too', () => {
    for (const name of colourMaps.filter((map) => map !== 'purple-orange')) {
      const table = colourTable(name);
      let last = -1;
      for (let i = 0; i < 256; i += 5) {
        const light = 0.2126 * table[3 * i]! + 0.7152 * table[3 * i + 1]! + 0.0722 * table[3 * i + 2]!;
        expect(light, `${name} at ${i}`).toBeGreaterThan(last);
        last = light;
      }
    }
  });

  it('the diverging one is neutral in the middle, purple below and orange above', () => {
    const table = colourTable('purple-orange');
    const at = (i: number) => [...table.subarray(3 * i, 3 * i + 3)] as [number, number, number];
    expect(Math.max(...at(128)) - Math.min(...at(128))).toBeLessThan(12);
    expect(at(20)[2]).toBeGreaterThan(at(20)[1] + 50);
    expect(at(235)[0]).toBeGreaterThan(at(235)[2] + 100);
  });
});

describe('levels', () => {
  it('percentiles are those of numpy', () => {
    expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
    expect(percentile([1, 2, 3, 4, 5], 99.5)).toBeCloseTo(4.98, 12);
    expect(percentile([7], 30)).toBe(7);
  });

  it('a signed map puts zero at 128 and mirrors', () => {
    const { data } = levelsOf(field(5, 1, [-2, -1, 0, 1, 2]), true);
    expect(data[2]).toBe(128);
    expect(data[0]! + data[4]!).toBe(256);
  });

  it('a map of zeros is no relevance, not NaN', () => {
    expect(levelsOf(field(2, 1, [0, 0]), false).data).toEqual(Uint8Array.of(0, 0));
  });
});

describe('overlay', () => {
  it('a coarse map is interpolated over the image, not left in blocks', () => {
    const out = drawOverlay(grey(6, 1, 0), field(2, 1, [0, 1]), { threshold: 0, opacity: 1 });
    const reds = [0, 1, 2, 3, 4, 5].map((x) => out.data[3 * x]!);
    expect(new Set(reds).size).toBeGreaterThan(3);
    expect(reds).toEqual([...reds].sort((a, b) => a - b));
  });

  it('shows the image alone below the threshold and colour above it', () => {
    const out = drawOverlay(grey(4, 1, 100), field(4, 1, [0, 1, 2, 10]), { threshold: 70 });
    expect([...out.data.subarray(0, 6)]).toEqual([100, 100, 100, 100, 100, 100]);
    expect([...out.data.subarray(9)]).not.toEqual([100, 100, 100]);
  });

  it('opacity 0 is the image, opacity 1 the colour', () => {
    const map = field(1, 1, [1]);
    expect([...drawOverlay(grey(1, 1, 42), map, { opacity: 0 }).data]).toEqual([42, 42, 42]);
    expect(drawOverlay(grey(1, 1, 42), map, { opacity: 1 }).data).toEqual(colourTable('inferno').slice(-3));
  });

  it('a PNG that is written reads back the same', async () => {
    const picture = drawOverlay(grey(5, 3, 80), field(5, 3, [...Array(15).keys()]));
    const back = await decodeImage(await encodePng(picture), 'overlay.png');
    expect(back).toEqual(picture);
  });
});

describe('.npy', () => {
  it('begins its values at a multiple of 64 bytes and says its shape', () => {
    const bytes = encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const header = new TextDecoder('latin1').decode(bytes.subarray(0, bytes.length - 24));
    expect(header.length % 64).toBe(0);
    expect(header).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    expect(header.endsWith('\n')).toBe(true);
    expect(new Float32Array(bytes.slice(-24).buffer)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  const numpy = (() => {
    try {
      execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  it.runIf(numpy)('numpy.load reads it (needs python3 with numpy)', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'npy-')), 'map.npy');
    for (const shape of [[3], [1, 3], [1, 1, 3]]) {
      await writeFile(path, encodeNpy(Float32Array.of(0.5, -1, 3e-9), shape));
      const code =
        'import json, numpy, sys; a = numpy.load(sys.argv[1]); print(json.dumps([str(a.dtype), a.shape, a.ravel().tolist()]))';
      const said = JSON.parse(execFileSync('python3', ['-c', code, path], { encoding: 'utf8' }));
      expect(said).toEqual(['float32', shape, [0.5, -1, Math.fround(3e-9)]]);
    }
  });
});
