import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { N, nodesOf } from '@regional-saliency/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readModel } from '../src/model';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const weight = { name: 'w', shape: [1, 1, 3, 2], dtype: 'float32' };

/** A GraphModel of one convolution; its weights in two shards. */
function graphModel(size = '8') {
  const dim = ['-1', size, size, '3'].map((each) => ({ size: each }));
  const sliding = { list: { i: ['1', '1', '1', '1'] } };
  return {
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } },
        { name: 'w', op: 'Const', attr: {} },
        {
          name: 'y',
          op: 'Conv2D',
          input: ['x', 'w'],
          attr: { strides: sliding, dilations: sliding, padding: { s: btoa('SAME') } },
        },
      ],
    },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [weight] }],
  };
}

/** A LayersModel of the same. */
function layersModel() {
  const config = {
    name: 'conv',
    filters: 2,
    kernel_size: [1, 1],
    use_bias: false,
    batch_input_shape: [null, 8, 8, 3],
  };
  return {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Sequential',
        config: { name: 'model', layers: [{ class_name: 'Conv2D', config }] },
      },
    },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [{ ...weight, name: 'conv/kernel' }] }],
  };
}

function written(json: unknown, elements = [1, 2, 3, 4, 5, 6]): string {
  const bytes = new Uint8Array(Float32Array.from(elements).buffer);
  writeFileSync(join(folder, 'a.bin'), bytes.subarray(0, 10));
  writeFileSync(join(folder, 'b.bin'), bytes.subarray(10));
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify(json));
  return path;
}

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
    const { graph } = await readModel(path, { x: ['N', 5, 6, 3] });
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
