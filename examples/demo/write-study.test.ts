import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phantom, regions, size } from './phantom';
import { groups, letterOf, type PhantomStudy, writePhantomStudy } from './write-study';

describe('a written phantom study', () => {
  let folder: string;
  let study: PhantomStudy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phantom-study-'));
    study = await writePhantomStudy(folder, { seed: 6, perGroup: 3, marker: 'honest', lung: 'left-lung' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has as many images as asked for in each group, and a label map of the same name for each', async () => {
    for (const group of groups) {
      const names = await readdir(study.images[group]);
      expect(names).toHaveLength(3);
      expect(await readdir(study.labelMaps[group])).toEqual(names);
    }
  });

  it('holds the phantoms themselves, as 8-bit grey PNG', async () => {
    expect(study.truth).toHaveLength(6);
    for (const { file, group, image, letter, affected } of study.truth) {
      const made = phantom({ seed: 6, image, group, letter, lung: 'left-lung' });
      const name = file.split('/')[1]!;
      for (const [path, data] of [
        [join(study.images[group], name), made.pixels],
        [join(study.labelMaps[group], name), made.labels],
      ] as const) {
        const png = decode(await readFile(path));
        expect(png).toMatchObject({ width: size, height: size, channels: 1, depth: 8 });
        expect(new Uint8Array(png.data)).toEqual(data);
      }
      expect(affected).toBe(group === 'pneumonia' ? 'left-lung' : undefined);
      expect(letter).toBe(group === 'pneumonia' ? 'P' : 'L');
    }
  });

  it('says in truth.json what is known of every image', async () => {
    const truth = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8'));
    expect(truth).toEqual({
      seed: 6,
      marker: 'honest',
      regions,
      images: JSON.parse(JSON.stringify(study.truth)),
    });
  });

  it('keeps its first images when more are asked for', async () => {
    const before = await readFile(join(study.images.normal, '0000.png'));
    const larger = await writePhantomStudy(folder, {
      seed: 6,
      perGroup: 4,
      marker: 'honest',
      lung: 'left-lung',
    });
    expect(await readFile(join(larger.images.normal, '0000.png'))).toEqual(before);
    expect(larger.truth.slice(0, 6)).toEqual(study.truth);
  });
});

describe('the letter in the corner', () => {
  const images = Array.from({ length: 600 }, (_, image) => image);

  it('tells the class when honest and the other class when swapped', () => {
    for (const image of images.slice(0, 10)) {
      expect(letterOf('honest', 1, image)).toBe(image % 2 ? 'P' : 'L');
      expect(letterOf('swapped', 1, image)).toBe(image % 2 ? 'L' : 'P');
      expect(letterOf('absent', 1, image)).toBeUndefined();
    }
  });

  it('says nothing of the class when random: each letter and none in a third of either group', () => {
    for (const parity of [0, 1])
      for (const letter of ['L', 'P', undefined]) {
        const drawn = images.filter(
          (image) => image % 2 === parity && letterOf('random', 1, image) === letter,
        );
        expect(drawn.length).toBeGreaterThan(70);
        expect(drawn.length).toBeLessThan(130);
      }
  });
});
