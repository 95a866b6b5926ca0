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
});
