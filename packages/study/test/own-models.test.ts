/** Models of the user's own at the prompt, from the file to the map: what each map must be is known from the weights. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOnnx } from '@regional-saliency/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../src/cli';
import { readImage } from '../src/images/decode';
import { preprocess } from '../src/images/preprocess';
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
    expect(out).toMatch(/explained segmentation=0 \([\d.]+\)/);
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

  it('whose outputs are no classes asks for an objective, by the option', async () => {
    const { code, error } = await run('explain', detector, image, '-m', 'gradient', '--outputs', '237');
    expect([code, error]).toEqual([
      1,
      expect.stringMatching(/"237" is \[N, 2, 64\]; say .* with --objective/),
    ]);
  });

  it('is explained box by box: only the box’s own place matters, and its score or corner is told', async () => {
    const cut = ['--outputs', '227,237', '--reduce', 'sum'];
    const score = await explained(detector, ...cut, '--objective', 'detector-box=1,9,axis=2,scores=237');
    expect(score.map).toEqual(score.map.map((_, place) => (place === 9 ? -1 + 2 - 5 : 0)));
    // The last of a box's coordinates is the sum of the channels.
    const corner = await explained(
      detector,
      ...cut,
      '--objective',
      'detector-box=0,12,3,boxes=227,scores=227',
    );
    expect(corner.map).toEqual(corner.map.map((_, place) => (place === 12 ? 3 : 0)));
    expect(corner.out).toMatch(/explained detector-box=0,12,3,boxes=227,scores=227 \([\d.]+\)/);
  });

  it('an output that an objective names and the model lacks is told', async () => {
    const options = ['--outputs', '237', '-m', 'gradient', '--objective', 'regression=0,output=236'];
    const { code, error } = await run('explain', detector, image, ...options);
    expect([code, error]).toEqual([1, expect.stringMatching(/no output "236"; it has "237"/)]);
  });

  it('a name that no tensor has is told as one', async () => {
    const { code, error } = await run('inspect', detector, '--outputs', '228');
    expect([code, error]).toEqual([1, expect.stringContaining('no tensor of the file is called "228"')]);
  });
});

describe('similarity to an image', () => {
  it('explains by the reference’s embedding, which is prepared as the images are', async () => {
    const model = writeModel(folder, graphModel());
    const { map, out } = await explained(model, '--objective', `similarity=${image},form=dot`);
    const { tensor } = preprocess(
      await readImage(image),
      { size: [8, 8], channels: 3, mean: [0, 0, 0], std: [1, 1, 1] },
      image,
    );
    const pixels = [...(tensor.data as Float32Array)].slice(0, 64);
    // Of a grey image, (1 + 3 + 5)² + (2 + 4 + 6)² times the reference's pixel.
    for (const [place, value] of map.entries()) expect(value).toBeCloseTo(225 * pixels[place]!, 3);
    const product = pixels.reduce((sum, pixel) => sum + 225 * pixel ** 2, 0);
    const told = Number(/explained similarity=.*,form=dot \(([\d.]+)\)/.exec(out)![1]);
    expect(told / product).toBeCloseTo(1, 2);
  });

  it('of an image to itself is 1, and no pixel would raise it', async () => {
    const model = writeModel(folder, graphModel());
    const { map, out } = await explained(model, '--objective', `similarity=${image}`);
    expect(out).toMatch(/explained similarity=.*blobs\.png \(1\.00\)/);
    for (const value of map) expect(value).toBeCloseTo(0, 6);
  });

  it('is compiled with the reference inside', async () => {
    const model = writeModel(folder, graphModel());
    const file = join(folder, 'similar.onnx');
    const options = ['--objective', `similarity=${image}`, '--mean', '0.5', '--std', '0.5', '-o', file];
    expect(await run('compile', model, '-m', 'gradient', ...options)).toMatchObject({ code: 0, error: '' });
    const { metadata } = readOnnx(new Uint8Array(await readFile(file)));
    expect(metadata['regional-saliency.target']).toBe('similarity=blobs.png,cosine');
  });

  it('needs an image that is there', async () => {
    const options = ['-m', 'gradient', '--objective', 'similarity=none.png'];
    const { code, error } = await run('explain', writeModel(folder, graphModel()), image, ...options);
    expect([code, error]).toEqual([1, "error: none.png can't be read: there is no such file\n"]);
  });
});
