import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { snippetsOf } from '@regional-saliency/conformance';
import { createExplainer } from '@regional-saliency/core';
import { lrpEpsilonPlus } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { preprocess, readImage, readModel } from '@regional-saliency/study';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const here = (path: string) => new URL(path, import.meta.url);
const text = async (path: string) => readFile(here(path), 'utf8');

const made = fileURLToPath(here('../../.cache/peers/bin/python'));
const python = process.env.PYTHON ?? (existsSync(made) ? made : 'python3');
const ready = spawnSync(python, ['-c', 'import numpy, onnxruntime, PIL']).status === 0;
if (!ready) console.warn(`examples/serve-python: left out, ${python} has no onnxruntime, numpy or pillow`);

it('the README shows the files that run', async () => {
  expect(snippetsOf(here('./README.md'))).toEqual([await text('./compile.ts')]);
  expect(await text('./README.md')).toContain(`\`\`\`python\n${await text('./serve.py')}\`\`\``);
});

it('compiles a program of the network and its explanation', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./compile');
  expect(print.mock.calls).toEqual([['out/explained.onnx:', 'logits, relevance']]);
  print.mockRestore();
});

describe.runIf(ready)('served from Python', () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    server = spawn(python, [fileURLToPath(here('./serve.py')), 'out/explained.onnx'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    url = await new Promise<string>((resolve, reject) => {
      server.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim()));
      server.once('exit', (code) => reject(new Error(`serve.py ended with ${code}`)));
    });
  });
  afterAll(() => server?.kill());

  const post = (body: BodyInit) => fetch(url, { method: 'POST', body });

  it('gives the map that an explainer gives in Node', async () => {
    const path = fileURLToPath(here('../node/xray.png'));
    const response = await post(await readFile(path));
    const answer = (await response.json()) as { class: number; scores: number[]; relevance: number[][] };

    const { graph } = await readModel(fileURLToPath(here('../demo/models/fair.onnx')));
    const explainer = await createExplainer(graph, {
      backend: onnxruntimeBackend(ort),
      method: lrpEpsilonPlus(),
    });
    const options = { size: [128, 128], channels: 1, mean: [0.5], std: [0.25] } as const;
    const { output, target, relevance } = await explainer.explain(
      preprocess(await readImage(path), options).tensor,
    );
    await explainer.dispose();
    expect(answer.class).toBe(target[0]);
    const [own, served] = [Array.from(relevance.data, Number), answer.relevance.flat()];
    const largest = Math.max(...own.map(Math.abs));
    const apart = Math.max(...own.map((value, at) => Math.abs(value - served[at]!)));
    expect(served).toHaveLength(128 * 128);
    expect(apart / largest).toBeLessThan(1e-4);
    expect(answer.scores[1]).toBeCloseTo(Number(output.data[1]), 4);
  });

  it('says what was wrong with a request', async () => {
    const response = await post('no image');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining('this is no image') });
    expect((await fetch(url, { method: 'POST' })).status).toBe(413);
  });
});
