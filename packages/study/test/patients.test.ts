import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { methodsText } from '../src/report/methods-text';
import { parseStudy, readStudy } from '../src/study/config';
import { type ImagePlace, patientsOf, sampled } from '../src/study/patients';
import { runStudy } from '../src/study/run';
import { studyFolder, temporaryFolder } from './folders';

const settings = (patient: unknown) =>
  parseStudy(
    {
      model: 'm.onnx',
      groups: { a: 'a', b: 'b' },
      preprocessing: { mean: [0], std: [1] },
      methods: ['gradient'],
      regions: [{ type: 'grid', rows: 1, columns: 2 }],
      patient,
    },
    '/data/study.json',
  );
const images = (group: string, files: string[]): ImagePlace[] => files.map((file) => ({ group, file }));

describe('patients by a pattern', () => {
  it('are what its group matches in the file’s name', async () => {
    const all = images('a', ['person12_virus_3.png', 'person12_virus_4.png', 'NORMAL2-IM-0007-0001.png']);
    const of = await patientsOf(settings('^(person\\d+|.*IM-\\d+)'), all);
    expect(all.map(of!)).toEqual(['person12', 'person12', 'NORMAL2-IM-0007']);
    expect(await patientsOf(settings(undefined), all)).toBeUndefined();
  });

  it('must be there for every image, and the pattern must have its group', async () => {
    await expect(patientsOf(settings('^(p\\d+)'), images('a', ['p1.png', 'x.png']))).rejects.toThrow(
      'the pattern ^(p\\d+) of "patient" finds no patient in a/x.png: widen it',
    );
    expect(() => settings('p\\d+')).toThrow(
      'study.json: "patient" is wrong: it has 0 groups in parentheses, and needs the one that is the patient',
    );
    expect(() => settings('(p')).toThrow('study.json: "patient" is wrong: Invalid regular expression');
  });
});

describe('patients by a table', () => {
  const write = async (text: string) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'patients.csv'), text);
    return folder;
  };
  const table = (folder: string, columns = {}) => ({
    ...settings({ file: 'patients.csv', ...columns }),
    folder,
  });

  it('are found by the image’s name, with or without group and extension', async () => {
    const all = [...images('a', ['1.png', '2.png', '3.png']), ...images('b', ['1.png'])];
    const folder = await write('image,age,patient\n1.png,4,p1\n2,5,p2\na/3.png,5,p2\nb/1,7,p3\n');
    expect(all.map((await patientsOf(table(folder), all))!)).toEqual(['p1', 'p2', 'p2', 'p3']);
    const other = await write('name;id\r\n1;x\r\n');
    const columns = { image: 'name', patient: 'id' };
    const of = await patientsOf(table(other, columns), images('a', ['1.png']));
    expect(of!({ group: 'a', file: '1.png' })).toBe('x');
  });

  it('must be there, with its columns and every image', async () => {
    const one = images('a', ['1.png']);
    const folder = await write('image,patient\n2.png,p2\n');
    await expect(patientsOf(table(folder), one)).rejects.toThrow(
      'the table of patients patients.csv has no patient of a/1.png in its column "image"',
    );
    await expect(patientsOf(table(folder, { patient: 'id' }), one)).rejects.toThrow(
      'the table of patients patients.csv has no column "id": its columns are image, patient',
    );
    await expect(patientsOf(table(await temporaryFolder()), one)).rejects.toThrow('does not exist');
    expect(() => settings({ file: 'p.csv', name: 'x' })).toThrow(
      'study.json: there is no setting "name" in "patient"',
    );
  });
});

describe('a sample', () => {
  const of = ({ file }: ImagePlace) => file.slice(0, 2);
  const all = [
    ...images('a', ['p1-1', 'p1-2', 'p2-1', 'p3-1', 'p3-2', 'p4-1']),
    ...images('b', ['p1-1', 'p2-1', 'p3-1', 'p3-2', 'p5-1', 'p6-1']),
  ];

  it('has one image of each of so many patients of a group, in the order of the study', () => {
    const drawn = sampled(all, of, { patients: 3, seed: 0 });
    expect(drawn).toEqual(all.filter((image) => drawn.includes(image)));
    for (const group of ['a', 'b']) {
      expect(new Set(drawn.filter((image) => image.group === group).map(of)).size).toBe(3);
    }
    expect(drawn).toHaveLength(6);
    expect(() => sampled(all, of, { patients: 5, seed: 0 })).toThrow(
      '"sample" asks for 5 patients of each group, and a has 4',
    );
  });

  it('depends on the seed, and on who is there by no more than who is drawn instead', () => {
    const drawn = (seed: number, from = all) => sampled(from, of, { patients: 2, seed });
    const differing = [1, 2, 3, 4].filter((seed) => JSON.stringify(drawn(seed)) !== JSON.stringify(drawn(0)));
    expect(differing.length).toBeGreaterThan(0);
    const more = [...all, ...images('b', ['p7-1'])];
    for (const seed of [0, 1, 2, 3]) {
      const kept = drawn(seed, more).filter(({ file }) => !file.startsWith('p7'));
      for (const image of kept) expect(drawn(seed)).toContain(image);
    }
  });

  it('draws every patient of a group about as often as any other', () => {
    const times = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const image of sampled(all, of, { patients: 2, seed })) {
        if (image.group === 'a') times.set(of(image), (times.get(of(image)) ?? 0) + 1);
      }
    }
    // Binomial(400, 1/2) lies within 160 and 240 but for once in twenty thousand.
    for (const count of times.values()) expect(Math.abs(count - 200)).toBeLessThan(40);
    expect(times.size).toBe(4);
  });
});

it('a study has its patients in the tables, counts them in the results, and explains only its sample', async () => {
  const { file, folder } = await studyFolder(
    { calm: 4, busy: 4 },
    { patient: '^([cb]\\d+)', sample: { patients: 2, seed: 3 } },
  );
  for (const group of ['calm', 'busy']) {
    for (const [index, name] of ['1_a', '1_b', '2_a', '3_a'].entries()) {
      await rename(join(folder, group, `0${index}.png`), join(folder, group, `${group[0]}${name}.png`));
    }
  }
  const { results, files } = await runStudy(await readStudy(file));
  expect(results.groups.map(({ images }) => images)).toEqual([2, 2]);
  expect(results.patients).toEqual({ calm: 2, busy: 2 });
  expect(results.sample).toEqual({ patients: 2, seed: 3 });
  expect(methodsText(results)[0]).toContain(
    'images were explained, of 2 (calm) and 2 (busy) patients, who were drawn at random with seed 3, one image of each. ',
  );
  const [header, ...lines] = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
  expect(header).toBe('image,group,patient,method,region,score,pixels,target,predicted,output');
  for (const line of lines) {
    const [image, , patient] = line.split(',');
    expect(image!.startsWith(`${patient}_`)).toBe(true);
  }
});
