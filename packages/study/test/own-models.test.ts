/** Models of the user's own at the prompt, from the file to the map: what each map must be is known from the weights. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../src/cli';
import { blobs, temporaryFolder } from './folders';
import { graphModel, layersModel, writeDetector, writeModel } from './tiny-models';

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  image = join(folder, 'blobs.png');
  await writeFile(image, await blobs(1));
});

/** The gradient's map [8, 8] that `explain` writes. */
async function explained(model: string, ...options: string[]) {
  const output = join(folder, 'maps');
  const result = await run('explain', model, image, '-m', 'gradient', '-o', output, ...options);
  expect(result.error).toBe('');
  expect(result.code).toBe(0);
  const npy = await readFile(join(output, 'blobs.gradient.npy'));
  return { map: [...new Float32Array(Uint8Array.from(npy.subarray(-4 * 64)).buffer)], out: result.out };
}

describe('a tfjs model at the prompt', () => {
  const pool = {
    class_name: 'GlobalAveragePooling2D',
    config: { name: 'pool', data_format: 'channels_last' },
  };

  it('a LayersModel is explained by its file, on both runtimes', async () => {
    const model = writeModel(folder, layersModel([pool]));
    for (const backend of ['onnxruntime', 'tfjs-cpu']) {
      const { map, out } = await explained(model, '--target', '1', '--backend', backend);
      for (const value of map) expect(value).toBeCloseTo((2 + 4 + 6) / 64, 6);
      expect(out).toMatch(/explained 1 \(/);
    }
  });

  it('a GraphModel that marks pixels is explained by an objective', async () => {
    const { map, out } = await explained(
      writeModel(folder, graphModel()),
      ...['--objective', 'segmentation=0'],
    );
    for (const value of map) expect(value).toBeCloseTo((1 + 3 + 5) / 64, 6);
    expect(out).toContain('explained segmentation=0');
  });

  it('ends at the layer that --outputs names', async () => {
    const model = writeModel(folder, layersModel([pool]));
    const { out } = await run('inspect', model, '--outputs', 'conv');
    expect(out).toMatch(/^output {2}conv {2}float32 \[N, 2, 8, 8\]$/m);
    expect(out).not.toContain('pool');
    const { code, error } = await run('inspect', model, '--outputs', 'conf');
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/no layer is called "conf"; the nearest are .*"conv"/),
    ]);
  });
});

describe('an ONNX detector that ends in an operator without a counterpart', () => {
  let detector: string;
  beforeAll(async () => {
    await mkdir(join(folder, 'detector'));
    detector = writeDetector(join(folder, 'detector'));
  });

  it('is refused with the option that cures it, written as it is typed', async () => {
    const { code, error } = await run('inspect', detector);
    expect(code).toBe(1);
    expect(error).toMatch(/^error: detector\.onnx: .*NonMaxSuppression .*choose.*add --outputs 227,237 /);
    expect(error).toContain('(in a study file "outputs": ["227", "237"])\n');
  });

  it('is inspected and compiled up to them', async () => {
    const { code, out } = await run('inspect', detector, '--outputs', '227,237');
    expect(code).toBe(0);
    expect(out).toMatch(/^output {2}227 {2}float32 \[N, 64, 4\]$/m);
    const file = join(folder, 'box.onnx');
    const made = await run(
      ...['compile', detector, '--outputs', '237', '-m', 'gradient', '-o', file],
      ...['--objective', 'regression=9'],
    );
    expect(made.error).toBe('');
    expect(made.out).toContain('output  relevance  float32 [N, 3, 8, 8]');
  });

  it('a name that no tensor has is told as one', async () => {
    const { code, error } = await run('inspect', detector, '--outputs', '228');
    expect([code, error]).toEqual([1, expect.stringContaining('no tensor of the file is called "228"')]);
  });
});
