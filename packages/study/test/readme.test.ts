import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { snippetsOf } from '@regional-saliency/conformance';
import { afterEach, expect, it, vi } from 'vitest';
import { main } from '../src/cli';
import { demoModel, studyFolder, temporaryFolder } from './folders';

const readme = new URL('../README.md', import.meta.url);
const started = process.cwd();

afterEach(() => process.chdir(started));

it('the study file of the README runs through the code of the README', async () => {
  expect(snippetsOf(readme)).toEqual([readFileSync(new URL('./readme-snippet.ts', import.meta.url), 'utf8')]);
  const [shown] = readFileSync(readme, 'utf8').match(/(?<=^```json\n).*?(?=^```$)/ms)!;
  const study = JSON.parse(shown);
  // What must fit the model at hand: its file, its one channel, the name of its last block, where the images are.
  study.model = demoModel;
  study.preprocessing = { mean: [0.5], std: [0.25] };
  study.methods[1].layer = 'layer3';
  study.groups = { NORMAL: 'NORMAL', PNEUMONIA: 'PNEUMONIA' };
  const { folder } = await studyFolder({ NORMAL: 4, PNEUMONIA: 4 }, { ...study, output: 'results' });
  process.chdir(folder);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme-snippet');
  expect(print.mock.calls).toEqual([[9, join(folder, 'results/report.html')]]);
  print.mockRestore();
});

it('the table of scores of the README is compared by its command, and prints what is shown', async () => {
  const text = readFileSync(readme, 'utf8');
  const section = text.slice(text.indexOf('## Comparing groups'), text.indexOf('## In code'));
  const block = (kind: string) => new RegExp(`(?<=^\`\`\`${kind}\n).*?(?=^\`\`\`$)`, 'ms').exec(section)![0];
  const folder = await temporaryFolder();
  process.chdir(folder);
  await writeFile('scores.csv', block('csv'));
  let out = '';
  const [program, ...args] = block('sh').trim().split(' ');
  expect(program).toBe('regional-saliency');
  const add = (more: string) => {
    out += more;
  };
  expect(await main(args, { out: add, error: add })).toBe(0);
  expect(out.trim()).toBe(block('text').trim());
  expect(JSON.parse(readFileSync('results.json', 'utf8')).comparisons).toHaveLength(2);
});
