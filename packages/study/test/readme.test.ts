import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { snippetsOf } from '@regional-saliency/conformance';
import { afterEach, expect, it, vi } from 'vitest';
import { demoModel, studyFolder } from './folders';

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
