import { readFileSync } from 'node:fs';
import { referenceBackend, snippetsOf } from '@regional-saliency/conformance';
import { createExplainer, type Method } from '@regional-saliency/core';
import { expect, it, vi } from 'vitest';
import { readmes } from '../readme-table';
import { lrpEpsilonPlus } from '../src/index';
import { float32, type Golden, golden, model } from './fixtures';

const read = (name: string) => readFileSync(new URL(`./readme/${name}.ts`, import.meta.url), 'utf8');

it('the snippets of the README run: four maps of one image, and composites of its own', async () => {
  expect(snippetsOf(new URL('../README.md', import.meta.url))).toEqual(
    ['all', 'composite', 'mixed'].map(read),
  );
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./readme/all');
  const whole = [1, 1, 128, 128];
  expect(print.mock.calls.map(([id, shape]) => [id, shape])).toEqual([
    ['gradient', whole],
    ['guided-backprop', whole],
    ['grad-cam', whole],
    ['lrp-epsilon-plus', whole],
  ]);
  for (const call of print.mock.calls) expect(Number.isFinite(Number(call[3]))).toBe(true);
  print.mockRestore();

  const { lrpGamma } = await import('./readme/composite');
  const explain = async (method: Method) => {
    const explainer = await createExplainer(model('plain'), { backend: referenceBackend(), method });
    const { relevance } = await explainer.explain(float32(golden<Golden>('plain').input));
    return Array.from(relevance.data as Float64Array);
  };
  const [own, known] = await Promise.all([lrpGamma, lrpEpsilonPlus()].map(explain));
  expect(own!.every(Number.isFinite)).toBe(true);
  expect(own).not.toEqual(known);

  const { lrpMixed } = await import('./readme/mixed');
  const explainer = await createExplainer(model('residual'), {
    backend: referenceBackend(),
    method: lrpMixed,
  });
  const { relevance } = await explainer.explain(float32(golden<Golden>('residual').input));
  const [first, second] = [0, 144].map((from) =>
    Array.from(relevance.data as Float64Array).slice(from, from + 144),
  );
  expect(first).toEqual(second);
});

it('the tables of methods in the README are those of the index', () => {
  const { present, wanted } = readmes();
  expect(present, 'it is stale; write it anew with npx tsx packages/methods/readme-table.ts').toBe(wanted);
});
