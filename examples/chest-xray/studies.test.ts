/** The study files are read, and say what the README says of them; the images themselves are not needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readStudy } from '@regional-saliency/study';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('study files of chest X-rays', () => {
  it.each(files)('%s is a study, and the README tells of it', async (file) => {
    const study = await readStudy(`${folder}/${file}`);
    expect(Object.keys(study.groups)).toEqual(['NORMAL', 'PNEUMONIA']);
    expect(readFileSync(`${folder}/README.md`, 'utf8')).toContain(`[\`${file}\`](${file})`);
  });

  it('have the methods of the paper, and patients where images share one', async () => {
    const fields = await readStudy(`${folder}/fields.json`);
    const { methods, patient } = await readStudy(`${folder}/test-set.json`);
    expect(methods).toHaveLength(15);
    expect(methods).toEqual(fields.methods);
    const found = ['person1000_virus_1681.jpg', 'NORMAL2-IM-1135-0001.jpg', 'IM-0608-0001-0002.jpg'].map(
      (name) => new RegExp(patient as string).exec(name)![1],
    );
    expect(found).toEqual(['person1000', 'NORMAL2-IM-1135', 'IM-0608']);
  });

  it('of a variant differ from what they vary in what the README says', () => {
    const read = (file: string): Record<string, unknown> =>
      JSON.parse(readFileSync(`${folder}/${file}.json`, 'utf8'));
    const differing = (a: string, b: string) => {
      const [one, other] = [read(a), read(b)];
      const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
      return keys.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])).sort();
    };
    const named = ['output', 'title'];
    expect(differing('causal', 'causal-40')).toEqual(['groups', ...named, 'sample'].sort());
    const fields = ['meanMaps', 'methods', 'null', 'target', ...named].sort();
    expect(differing('fields', 'fields-target-1')).toEqual(fields);
    expect(differing('test-set', 'test-set-mean')).toEqual(['aggregate', 'methods', ...named].sort());
    const ids = (file: string) =>
      (read(file).methods as (string | { id: string })[]).map((each) =>
        typeof each === 'string' ? each : each.id,
      );
    const repeat = ['smooth-grad', 'integrated-gradients', 'occlusion'];
    for (const file of ['fields-target-1', 'test-set-mean']) {
      expect(ids(file)).toEqual(ids('fields').filter((id) => !repeat.includes(id)));
    }
  });
});
