import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { families, methods } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../src/cli';
import { readImage } from '../src/images/decode';
import { preprocess } from '../src/images/preprocess';
import { blobs, demoModel, studyFolder, temporaryFolder } from './folders';

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

/** One line that begins with "error: ". */
const sentence = /^error: [^\n]+\n$/;

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  image = join(folder, 'blobs.png');
  await writeFile(image, await blobs(1));
});

describe('help and usage', () => {
  it.each(['inspect', 'methods', 'explain', 'compile', 'study', 'compare', 'regions'])(
    '%s --help ends with an example',
    async (command) => {
      const { code, out } = await run(command, '--help');
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`Example:\\n  \\$ regional-saliency ${command} .+\\n$`));
    },
  );

  it.each([
    ['explain', 'PNG, JPEG, TIFF, DICOM or NIfTI files'],
    ['regions', 'PNG, JPEG, TIFF, DICOM or NIfTI files'],
    ['compare', 'max-t permutes images, so a column must name them: --image, --patient or --pair'],
  ])('%s --help says "%s"', async (command, sentence) => {
    const { out } = await run(command, '--help');
    expect(out.replace(/\s+/g, ' ')).toContain(sentence);
  });

  it.each([
    [['explian'], /unknown command 'explian'/],
    [['explain', 'MODEL', '-m', 'gradient'], /missing required argument 'image'/],
    [['compile', 'MODEL'], /required option '-m, --method <id>'/],
    [['explain', 'MODEL', 'a.png', '-m', 'gradient', '--opacity', '3'], /it is a number from 0 to 1/],
    [['explain', 'MODEL', 'a.png', '-m', 'gradient', '--backend', 'tfjs-wsam'], /did you mean "tfjs-wasm"/],
    [['explain', 'MODEL', 'a.dcm', '-m', 'gradient', '--window', '40'], /write it as centre,width/],
    [
      ['explain', 'MODEL', 'a.nii', '-m', 'gradient', '--axis', 'front'],
      /one of axial, coronal, sagittal, 0/,
    ],
    [['regions', 'chest', 'a.dcm', '--frame', '-1'], /it is a whole number from 0/],
    [['compile', 'MODEL', '-m', 'gradient', '--target', 'first'], /predicted, input or an index/],
    [['compile', 'MODEL', '-m', 'gradient', '--set', 'relu'], /name=value/],
    [['inspect', 'MODEL', '--nmaes'], /unknown option '--nmaes'/],
    [
      ['compile', 'MODEL', '-m', 'gradient', '--objective', 'logit'],
      /"logit" is no objective: it is one of logit-difference, log-/,
    ],
    [
      ['compile', 'MODEL', '-m', 'gradient', '--objective', 'logit-difference=1'],
      /write it as logit-difference=class,class\[,output=name\]/,
    ],
    [
      ['compile', 'MODEL', '-m', 'gradient', '--objective', 'similarity=a.png,form=angle'],
      /"angle" is not "cosine" or "dot": write it as similarity=/,
    ],
    [
      ['compile', 'MODEL', '-m', 'gradient', '--objective', 'regression=first'],
      /"first" is no index from 0: write it as regression/,
    ],
  ])('%j is a usage error, code 2', async (args, message) => {
    const { code, error } = await run(...args.map((arg) => (arg === 'MODEL' ? demoModel : arg)));
    expect(code).toBe(2);
    expect(error).toMatch(message);
  });
});

describe('methods', () => {
  it('lists every method once, in lines of a terminal', async () => {
    const { code, out } = await run('methods');
    expect(code).toBe(0);
    const listed = out.split('\n').flatMap((line) => /^ {2}(\S+?)\*? {2,}\S/.exec(line)?.[1] ?? []);
    expect(listed).toEqual(Object.keys(methods));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it.each(Object.values(methods))('of $id it says every option, with its default', async (entry) => {
    const { code, out } = await run('methods', entry.id);
    expect(code).toBe(0);
    expect(out).toContain(entry.layer ? 'takes a layer' : 'takes no layer');
    for (const [name, option] of Object.entries(entry.options)) {
      const line = out.split('\n').find((each) => each.startsWith(`  ${name} `))!;
      expect(line).toContain(option.about);
      if (option.default !== undefined) expect(line).toContain(`default ${option.default})`);
    }
  });

  it('of an unknown one it says which is near', async () => {
    const { code, error } = await run('methods', 'grad-camm');
    expect([code, error]).toEqual([1, expect.stringMatching(/did you mean "grad-cam"\?/)]);
  });
});

describe('inspect', () => {
  it('lists layers by the names that --layer accepts, shapes, parameters, multiply-adds and methods', async () => {
    const { code, out } = await run('inspect', demoModel);
    expect(code).toBe(0);
    expect(out).toMatch(/^conv1 +Conv +\[N, 16, 64, 64\] +160 +589,824$/m);
    expect(out).toMatch(/^layer3 .+Relu +\[N, 64, 16, 16\]$/m);
    expect(out).toMatch(/^ {2}yes {3}lrp-epsilon-plus, /m);
    const names = out.split('\n').flatMap((line) => /^(layer\d)\b/.exec(line)?.[1] ?? []);
    for (const name of new Set(names)) {
      const result = await run(
        ...['compile', demoModel, '-m', 'grad-cam', '--layer', name, '-o', join(folder, 'layer.onnx')],
      );
      expect(result.code, name).toBe(0);
    }
  });

  it('with --methods names every method once, by family, in lines of a terminal, and no layer', async () => {
    const { code, out } = await run('inspect', demoModel, '--methods');
    expect(code).toBe(0);
    for (const [family, entries] of Object.entries(families)) {
      expect(out).toMatch(new RegExp(`^${family}$`, 'm'));
      for (const { id } of entries)
        expect(out.split(/[\s,:]+/).filter((word) => word.replace('*', '') === id)).toHaveLength(1);
    }
    expect(out).toMatch(/^ {2}asks {2}crp: needs a layer/m);
    expect(out).not.toContain('conv1');
    for (const line of out.split('\n').slice(2)) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('as JSON says the same', async () => {
    const { out } = await run('inspect', demoModel, '--json');
    const inspection = JSON.parse(out);
    expect(inspection.inputs).toEqual({ input: 'float32 [N, 1, 128, 128]' });
    expect(inspection.methods.gradient).toEqual({ answer: 'yes' });
    expect(inspection.layers.find((layer: { op: string }) => layer.op === 'Gemm')).toMatchObject({
      parameters: 130,
      multiplyAdds: 128,
    });
  });
});

describe('a model whose height and width are open', () => {
  const open = fileURLToPath(new URL('../../onnx/test/fixtures/open-size.onnx', import.meta.url));

  it('is refused with the option that cures it', async () => {
    const { code, error } = await run('inspect', open);
    expect(code).toBe(1);
    expect(error).toMatch(sentence);
    expect(error).toContain('--shape image=N,3,224,224');
  });

  it('is compiled for the size that --shape says', async () => {
    const file = join(folder, 'open.onnx');
    const { code, out } = await run(
      'compile',
      open,
      '-m',
      'gradient',
      '--shape',
      'image=N,3,20,16',
      '-o',
      file,
    );
    expect(code).toBe(0);
    expect(out).toContain('output  relevance  float32 [N, 3, 20, 16]');
  });

  it('wants the option written as one', async () => {
    expect((await run('inspect', open, '--shape', 'image=N,3,x')).code).toBe(2);
  });
});

describe('explain', () => {
  it('says what share of LRP’s relevance biases absorbed, which the map lacks', async () => {
    const output = join(folder, 'absorbed');
    const { code, out } = await run(
      ...['explain', demoModel, image, '-m', 'lrp-epsilon-plus', '--reduce', 'sum', '-o', output],
    );
    expect(code).toBe(0);
    const share = Number(/biases absorbed ([\d.-]+) of the relevance: /.exec(out)![1]);
    const bytes = await readFile(join(output, 'blobs.lrp-epsilon-plus.npy'));
    const map = new Float32Array(Uint8Array.from(bytes.subarray(-4 * 128 * 128)).buffer);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeCloseTo(1 - map.reduce((sum, value) => sum + value, 0), 2);
  });

  it('writes an overlay and a map for each image, and goes on after a bad one with code 1', async () => {
    const bad = join(folder, 'bad.png');
    await writeFile(bad, 'text');
    const output = join(folder, 'explained');
    const { code, out, error } = await run(
      ...[
        'explain',
        demoModel,
        bad,
        image,
        '-m',
        'grad-cam',
        '--layer',
        'layer3',
        '--mean',
        '0.5',
        '--std',
        '0.25',
      ],
      ...['--target', '1', '-o', output],
    );
    expect(code).toBe(1);
    expect(error).toMatch(sentence);
    expect(error).toContain('bad.png is not an image');
    expect((await readdir(output)).sort()).toEqual(['blobs.grad-cam.npy', 'blobs.grad-cam.png']);
    expect(out).toMatch(/blobs\.png: predicted [01], explained 1 \(.+\): .+\.png, .+\.npy\n$/);
    const overlay = await readImage(join(output, 'blobs.grad-cam.png'));
    expect([overlay.width, overlay.height, overlay.channels]).toEqual([128, 128, 3]);
    const npy = await readFile(join(output, 'blobs.grad-cam.npy'));
    expect(npy.toString('latin1', 0, 128)).toContain("'shape': (128, 128)");
  });

  it('does so by a procedure too', async () => {
    const options = ['-m', 'region-shapley', '-s', 'grid=2x2', '-o', join(folder, 'shapley')];
    const { code, out } = await run('explain', demoModel, image, ...options);
    expect([code, out]).toEqual([0, expect.stringMatching(/explained [01].*blobs\.region-shapley\.npy\n$/)]);
  });

  it('explains an objective: of two classes, a difference against is one for turned round', async () => {
    const output = join(folder, 'objective');
    const maps: Float32Array[] = [];
    for (const [a, b] of ['10', '01']) {
      const objective = ['--objective', `logit-difference=${a},${b}`, '--reduce', 'sum', '-o', output];
      const { code, out } = await run('explain', demoModel, image, '-m', 'gradient', ...objective);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`: explained logit-difference=${a},${b} \\([\\d.−]+\\): `));
      const npy = await readFile(join(output, 'blobs.gradient.npy'));
      maps.push(new Float32Array(Uint8Array.from(npy.subarray(-4 * 128 * 128)).buffer));
    }
    const [one, other] = maps as [Float32Array, Float32Array];
    expect(one.some((value) => value !== 0)).toBe(true);
    for (const [at, value] of one.entries()) expect(value + other[at]!).toBeCloseTo(0, 6);
  });

  it('says no share that biases absorbed of an objective, from which relevance does not start as 1', async () => {
    const options = ['-m', 'lrp-epsilon-plus', '--objective', 'log-probability', '-o', join(folder, 'share')];
    const { code, out } = await run('explain', demoModel, image, ...options);
    expect([code, out]).toEqual([0, expect.stringMatching(/explained log-probability \(−[\d.]+\): /)]);
  });

  it('two images of one name keep both results', async () => {
    const output = join(folder, 'twins');
    const { code } = await run('explain', demoModel, image, image, '-m', 'gradient', '-o', output);
    expect(code).toBe(0);
    expect(await readdir(output)).toHaveLength(4);
  });
});

describe('compile', () => {
  it('writes a file that gives, in onnxruntime and in batches, the map that explain gives', async () => {
    const path = join(folder, 'explained.onnx');
    const { code, out } = await run(
      ...[
        'compile',
        demoModel,
        '-m',
        'lrp-epsilon-plus',
        '--target',
        'input',
        '--capture',
        'layer3',
        '-o',
        path,
      ],
    );
    expect(code).toBe(0);
    expect(out).toContain('input   target  int64 [N]');
    expect(out).toContain('output  relevance  float32 [N, 1, 128, 128]');

    const options = { size: [128, 128], channels: 1, mean: [0.5], std: [0.25] } as const;
    const { tensor } = preprocess(await readImage(image), options);
    const session = await ort.InferenceSession.create(path);
    const size = 128 * 128;
    const three = new Float32Array(3 * size);
    for (const at of [0, 1, 2]) three.set(tensor.data as Float32Array, at * size);
    const result = await session.run({
      input: new ort.Tensor('float32', three, [3, 1, 128, 128]),
      target: new ort.Tensor('int64', BigInt64Array.of(1n, 5n, 1n), [3]),
    });
    const relevance = result.relevance!.data as Float32Array;
    expect(relevance.subarray(0, size).some((value) => value !== 0)).toBe(true);
    expect(relevance.subarray(size, 2 * size).every(Number.isNaN)).toBe(true);
    expect(Object.keys(result).sort()).toEqual([
      'layer3.activation',
      'layer3.relevance',
      'logits',
      'relevance',
    ]);

    const explained = await run(
      ...['explain', demoModel, image, '-m', 'lrp-epsilon-plus', '-t', '1', '--mean', '0.5', '--std', '0.25'],
      ...['-o', join(folder, 'same')],
    );
    expect(explained.code).toBe(0);
    const npy = await readFile(join(folder, 'same', 'blobs.lrp-epsilon-plus.npy'));
    const map = new Float32Array(new Uint8Array(npy.subarray(npy.length - 4 * size)).buffer);
    const most = map.reduce((a, b) => Math.max(a, b), 0);
    for (const [at, value] of map.entries()) {
      expect(Math.abs(Math.abs(relevance[at]!) - value)).toBeLessThanOrEqual(1e-5 * most);
    }
  });

  it('puts its provenance into the file', async () => {
    const path = join(folder, 'told.onnx');
    await run(
      'compile',
      demoModel,
      '-m',
      'grad-cam',
      '--set',
      'relu=false',
      '--set',
      'upsample=none',
      '-o',
      path,
    );
    const { metadata, outputs } = readOnnx(new Uint8Array(await readFile(path)));
    expect(outputs.relevance!.shape.slice(1)).toEqual([1, 16, 16]);
    expect(JSON.parse(metadata['regional-saliency.methods']!)).toEqual([
      { id: 'grad-cam', options: { relu: false, upsample: 'none' } },
    ]);
    expect(metadata['regional-saliency.target']).toBe('predicted');
    await run('compile', demoModel, '-m', 'gradient', '--objective', 'log-probability', '-o', path);
    const { metadata: own } = readOnnx(new Uint8Array(await readFile(path)));
    expect(own['regional-saliency.target']).toBe('log-probability=target');
    expect(metadata['regional-saliency.version']).toMatch(/^\d+\.\d+\.\d+/);
    expect(metadata['regional-saliency.model-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('with preprocessing inside, bytes give what normalised values give without', async () => {
    const [raw, plain] = [join(folder, 'raw.onnx'), join(folder, 'plain.onnx')];
    await run('compile', demoModel, '-m', 'gradient', '-o', plain);
    const made = await run(
      ...[
        'compile',
        demoModel,
        '-m',
        'gradient',
        '--with-preprocessing',
        '--mean',
        '0.5',
        '--std',
        '0.25',
        '-o',
        raw,
      ],
    );
    expect(made.code).toBe(0);
    const options = { size: [128, 128], channels: 1, mean: [0.5], std: [0.25] } as const;
    const { tensor, shown } = preprocess(await readImage(image), options);
    const logits = async (path: string, data: Float32Array) => {
      const session = await ort.InferenceSession.create(path);
      const feeds = { input: new ort.Tensor('float32', data, [1, 1, 128, 128]) };
      return [...((await session.run(feeds)).logits!.data as Float32Array)];
    };
    const expected = await logits(plain, tensor.data as Float32Array);
    const got = await logits(raw, Float32Array.from(shown.data));
    for (const [at, value] of got.entries()) expect(value).toBeCloseTo(expected[at]!, 4);
  });
});

describe('what can’t be done is one sentence and code 1', () => {
  it.each([
    ['a model that is text', ['inspect', 'TEXT'], /text\.onnx: .*not an ONNX file/],
    ['a truncated model', ['inspect', 'CUT'], /cut\.onnx: /],
    ['a model that is not there', ['inspect', 'no-such.onnx'], /the model no-such\.onnx does not exist/],
    ['a folder as a model', ['inspect', 'FOLDER'], /is a folder, not a file/],
    ['an unknown method', ['explain', demoModel, 'IMAGE', '-m', 'grad-camm'], /did you mean "grad-cam"/],
    [
      'an unknown layer',
      ['explain', demoModel, 'IMAGE', '-m', 'grad-cam', '-l', 'layer4'],
      /the nearest are "layer/,
    ],
    [
      'a target out of range',
      ['explain', demoModel, 'IMAGE', '-m', 'gradient', '-t', '2'],
      /target 2 is out of range/,
    ],
    [
      'a target that the objective does not read',
      ['explain', demoModel, 'IMAGE', '-m', 'gradient', '-t', '1', '--objective', 'logit-difference=1,0'],
      /--target means nothing to the objective logit-difference=1,0: leave it out/,
    ],
    [
      'an option the method lacks',
      ['explain', demoModel, 'IMAGE', '-m', 'gradient', '-s', 'x=1'],
      /no option "x"/,
    ],
    [
      'a procedure to compile',
      ['compile', demoModel, '-m', 'occlusion', '-o', 'no-such.onnx'],
      /occlusion asks the model for many predictions and is no graph of its own, so it can't be compiled/,
    ],
    [
      'mean without std',
      ['explain', demoModel, 'IMAGE', '-m', 'gradient', '--mean', '1'],
      /--mean and --std belong/,
    ],
    ['a study that is no JSON', ['study', 'TEXT'], /is not JSON/],
    ['a study that is not there', ['study', 'no-such.json'], /no-such\.json can't be read/],
    [
      'a place that can’t be written',
      ['compile', demoModel, '-m', 'gradient', '-o', '/proc/x.onnx'],
      /can't be written/,
    ],
  ])('%s', async (_, args, message) => {
    const text = join(folder, 'text.onnx');
    const cut = join(folder, 'cut.onnx');
    await writeFile(text, 'hello');
    await writeFile(cut, (await readFile(demoModel)).subarray(0, 200_000));
    const places: Record<string, string> = { TEXT: text, CUT: cut, FOLDER: folder, IMAGE: image };
    const { code, error } = await run(...args.map((arg) => places[arg] ?? arg));
    expect(error).toMatch(sentence);
    expect(error).toMatch(message);
    expect(code).toBe(1);
  });
});

describe('study', () => {
  it('runs a file and says in words what it found and where it wrote', async () => {
    const { file } = await studyFolder({ calm: 3, busy: 3 });
    const { code, out } = await run('study', file);
    expect(code).toBe(0);
    expect(out).toMatch(
      /gradient: Over all images, relevance was highest in r1c\d \(mean .+\) and lowest in r1c\d/,
    );
    expect(out).toMatch(/report {3}.+report\.html\n$/);
  });
});
