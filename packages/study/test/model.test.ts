import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { N, nodesOf } from '@regional-saliency/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readModel } from '../src/model';
import { graphModel, layersModel, weight, writeModel } from './tiny-models';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (json: unknown, elements?: number[]) => writeModel(folder, json, elements);

describe('a model.json', () => {
  it.each([
    ['GraphModel', graphModel()],
    ['LayersModel', layersModel()],
  ])('is read as the %s that it holds, with the shards beside it', async (_, json) => {
    const { graph, bytes } = await readModel(written(json));
    expect(graph.inputs[0]!.shape).toEqual([N, 3, 8, 8]);
    const conv = nodesOf(graph).find(({ op }) => op === 'Conv')!;
    expect(Array.from(conv.inputs[1]!.constant!.read() as Float32Array)).toEqual([1, 3, 5, 2, 4, 6]);
    expect(bytes).toBe(JSON.stringify(json).length + 24);
  });

  it('is another model with other weights', async () => {
    const first = await readModel(written(graphModel()));
    const second = await readModel(written(graphModel(), [1, 2, 3, 4, 5, 7]));
    expect(second.sha256).not.toBe(first.sha256);
    expect((await readModel(written(graphModel()))).sha256).toBe(first.sha256);
  });

  it('with an open size says how it is given at the prompt', async () => {
    const path = written(graphModel('-1'));
    await expect(readModel(path)).rejects.toThrow(/model\.json: .*--shape x=N,224,224,3/);
    const { graph } = await readModel(path, { shapes: { x: ['N', 5, 6, 3] } });
    expect(graph.inputs[0]!.shape).toEqual([N, 3, 5, 6]);
  });

  it('whose shard is missing or lies elsewhere is refused by name', async () => {
    const path = written(graphModel());
    rmSync(join(folder, 'b.bin'));
    await expect(readModel(path)).rejects.toThrow(/model\.json: its weights file b\.bin can't be read/);
    const elsewhere = { ...graphModel(), weightsManifest: [{ paths: ['../a.bin'], weights: [weight] }] };
    await expect(readModel(written(elsewhere))).rejects.toThrow(/not a file in the model's folder/);
  });

  it('that is no JSON, or no object, is refused', async () => {
    const path = written('text');
    await expect(readModel(path)).rejects.toThrow(/model\.json: it is no tfjs model/);
    writeFileSync(path, '{');
    await expect(readModel(path)).rejects.toThrow(/it is no tfjs model/);
  });
});
