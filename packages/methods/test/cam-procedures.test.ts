/** Score-CAM and Ablation-CAM against pytorch-grad-cam's formulas in float64 (tools/reference/cam_procedures.py). */
import { readFileSync } from 'node:fs';
import { normal, randomTensor, referenceBackend } from '@regional-saliency/conformance';
import {
  type Backend,
  Builder,
  canonize,
  compile,
  compileParts,
  createExplainer,
  type ExplainerOptions,
  type ExplainOptions,
  type Graph,
  type Method,
  N,
  nodesOf,
  type Objective,
  type Procedure,
  type Program,
  type Tensor,
  type Value,
} from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { tfjsBackend } from '../../tfjs/src/index';
import { withoutArrays } from '../../tfjs/test/backends';
import { ablationCam, method, scoreCam } from '../src/index';
import {
  at,
  CLASSES,
  EXACT,
  expectClose,
  float32,
  type Golden,
  methodOf,
  model,
  type Packed,
} from './fixtures';

const backend = referenceBackend();
const backends: Readonly<Record<string, Backend>> = {
  onnxruntime: onnxruntimeBackend(ort),
  'tfjs cpu': tfjsBackend(),
  'tfjs cpu without arrays': withoutArrays,
};
const read = (path: string) => readFileSync(new URL(`./${path}`, import.meta.url));
const own = (name: string): Graph => readOnnx(read(`golden-cam/${name}.onnx`));
const golden = <T>(folder: string, name: string): T =>
  JSON.parse(read(`${folder}/${name}.json`).toString()) as T;

/** Maps enlarged by 3, or a mean over 3 channels of an image: thirds are rounded to float32. */
const ROUNDED_CONSTANTS = 2e-7;

const nets: readonly [string, string, () => Graph][] = [
  ['plain', 'plain', () => model('plain')],
  ['plain-dynamo', 'plain', () => model('plain-dynamo')],
  ['residual', 'residual', () => model('residual')],
  ['transformer', 'transformer', () => own('transformer')],
  ['transformer-dynamo', 'transformer', () => own('transformer-dynamo')],
  ['channels-last', 'channels-last', () => own('channels-last')],
  ['channels-last-dynamo', 'channels-last', () => own('channels-last-dynamo')],
];

describe.each(nets)('%s', (_file, net, graphOf) => {
  const graph = graphOf();
  const { input } = golden<Golden>('golden-cam', net);
  const { expected } = golden<{ expected: Record<string, Packed> }>('golden-cam-procedures', net);

  it.each(Object.keys(expected))('%s: every target of every image', async (key) => {
    const explainer = await createExplainer(graph, { backend, method: methodOf(key), target: 'input' });
    const bound = key.includes('upsample=bilinear') ? ROUNDED_CONSTANTS : EXACT;
    for (let target = 0; target < CLASSES; target++) {
      const { relevance } = await explainer.explain(float32(input), { target });
      expectClose(relevance, at(expected[key]!, target), bound, `${key}, target ${target}`);
    }
  });
});

const ids = ['score-cam', 'ablation-cam'];
const images = float32(golden<Golden>('golden-cam', 'residual').input);
const one: Tensor = {
  ...images,
  data: images.data.subarray(0, images.data.length / 2),
  shape: [1, ...images.shape.slice(1)],
};
const explain = async (
  made: Method | Procedure,
  options: Partial<ExplainerOptions> & {
    graph?: Graph;
    images?: Tensor;
    progress?: ExplainOptions['progress'];
  } = {},
) => {
  const { graph = model('residual'), images: given = images, progress, ...more } = options;
  const explainer = await createExplainer(graph, { backend, target: 1, ...more, method: made });
  const { relevance } = await explainer.explain(given, { progress });
  await explainer.dispose();
  return relevance;
};

/** Two channels of which the score reads the first: the second may be anything. */
function deaf(second: (g: Builder, x: Value) => Value): Graph {
  const g = new Builder();
  const x = g.input('input', [N, 1, 4, 4]);
  const layer = g.concat([g.op('Relu', [x]), second(g, x)], 1);
  const read = g.slice(layer, [0], [1], [1]);
  const sum = g.reshape(g.reduceSum(g.mul(read, read), [2, 3], false), [N, 1]);
  const scores = g.concat([sum, g.add(g.mul(sum, g.scalar(-0.5)), g.scalar(1))], 1);
  return g.finish({ inputs: [x], outputs: { scores }, names: new Map([['layer', layer]]) });
}

describe.each(ids)('%s', (id) => {
  it('without a layer reads the one that class activation maps read', async () => {
    for (const [file, net, graphOf] of nets) {
      const { input, defaultLayer } = golden<Golden>('golden-cam', net);
      const graph = graphOf();
      const named = await explain(method(id, { layer: defaultLayer!, relu: false }), {
        graph,
        images: float32(input),
      });
      const unnamed = await explain(method(id, { relu: false }), { graph, images: float32(input) });
      expect(unnamed, file).toEqual(named);
      expect(
        unnamed.data.some((value) => value !== 0),
        file,
      ).toBe(true);
    }
  });

  it.each([1, 2, 3, 5, 64])(
    'a batch of %i changes nothing, nor does another image beside it',
    async (batch) => {
      const together = await explain(method(id));
      const alone = await explain(method(id), { images: one, batch });
      expect(Array.from(alone.data, Number)).toEqual(
        Array.from(together.data.subarray(0, alone.data.length), Number),
      );
    },
  );

  it('a batch that a file has fixed is filled up', async () => {
    const [open, fixed] = await Promise.all(
      ['plain', 'plain-batch2'].map((name) => explain(method(id), { graph: model(name), images: one })),
    );
    expect(fixed).toEqual(open);
  });

  it('several layers in code and as a text are the same, and the options say which', async () => {
    const make = id === 'score-cam' ? scoreCam : ablationCam;
    const listed = make({ layers: ['layer1', 'layer2'] });
    const typed = method(id, { layer: 'layer1, layer2' });
    expect(typed.options).toEqual(listed.options);
    expect(listed.options).toMatchObject({ layer: 'layer1,layer2', relu: true, upsample: 'bilinear' });
    expect(await explain(typed)).toEqual(await explain(listed));
    expect(() => make({ layers: ['a', 'b'], relu: false })).toThrow(/stretches each map to 0..1/);
  });

  it('counts every score that it asks for', async () => {
    const seen: [number, number][] = [];
    const progress = (done: number, total: number) => seen.push([done, total]);
    await explain(method(id, { layer: 'layer1,layer2' }), { images: one, batch: 4, progress });
    const [, total] = seen.at(-1)!;
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.map(([done]) => done)).toEqual([...seen.map(([done]) => done)].sort((a, b) => a - b));
    const graph = model('residual');
    const channels = ['layer1', 'layer2'].map((name) => graph.names.get(name)!.shape[1] as number);
    expect(total).toBe(channels[0]! + channels[1]! + (id === 'ablation-cam' ? 2 : 0));
  });

  it('beside programs and other procedures it comes in the order given, by the predicted target', async () => {
    const explainer = await createExplainer(model('residual'), {
      backend,
      method: [method(id), method('gradient'), method('occlusion', { window: 6, stride: 6 })],
    });
    const { relevances, target } = await explainer.explain(images);
    expect(Object.keys(relevances)).toEqual([id, 'gradient', 'occlusion']);
    for (const [index, own] of target.entries()) {
      const settled = await explain(method(id), { target: own });
      const size = settled.data.length / 2;
      const part = ({ data }: Tensor) => Array.from(data.subarray(index * size, (index + 1) * size), Number);
      expect(part(relevances[id]!)).toEqual(part(settled));
    }
  });

  it('an objective is what it watches', async () => {
    const difference: Objective = (g, outputs) =>
      g.reduceSum(g.mul(Object.values(outputs)[0]!, g.constant([0, 1, 0], [1, 3], 'float32')), [1], false);
    const watched = await explain(method(id), { target: undefined, objective: difference });
    expectClose(watched, await explain(method(id)), EXACT);
  });

  it('of a black box it is refused in one sentence, and so it is as a program', async () => {
    const predict = async () => Float64Array.of(1);
    const made = method(id) as Procedure;
    await expect(made.run(predict, one, { batch: 8 })).rejects.toThrow(
      new RegExp(
        `^${id} reads a layer, which a model that only predicts does not show; take a method such as`,
      ),
    );
    expect(() => compile(model('residual'), { method: made })).toThrow(/can't be compiled/);
  });

  it('a layer that does not exist or has no places is told when the explainer is made', async () => {
    const options = { backend, method: method(id, { layer: 'layer7' }) };
    await expect(createExplainer(model('residual'), options)).rejects.toThrow(/no layer is called "layer7"/);
    await expect(
      createExplainer(model('residual'), { backend, method: method(id, { layer: 'fc' }) }),
    ).rejects.toThrow(new RegExp(`${id} needs a layer of shape .*, but "fc" is \\[N, 3\\]`));
  });
});

describe('ablation-cam', () => {
  const graph = deaf((g, x) => g.op('Tanh', [x]));
  const x = randomTensor('deaf', [1, 1, 4, 4], normal, 'float32');

  it('leaves out a channel that the score does not read, and weighs the only one by the whole score', async () => {
    const made = ablationCam({ layer: 'layer', relu: false, upsample: 'none' });
    const map = await explain(made, { graph, images: x, target: 0 });
    // Without its only channel the score is 0: all of it is lost, the weight is 1.
    expect(Array.from(map.data, Number)).toEqual(
      Array.from(x.data as Float32Array, (value) => Math.max(value, 0)),
    );
  });

  it('says so where the score is 0, of which no part can be taken', async () => {
    const silent = { ...x, data: new Float32Array(16) };
    await expect(
      explain(ablationCam({ layer: 'layer' }), { graph, images: silent, target: 0 }),
    ).rejects.toThrow(/the score of this image is 0; explain another target/);
  });

  it('runs only what is behind the layer for each channel', () => {
    const conv = model('residual');
    const { 'score.0': tail, 'channels.0': head } = compileParts(conv, ablationCam({ layer: 'layer1' }), {});
    const ops = ({ graph: own }: Program) => nodesOf(own).filter(({ op }) => op === 'Conv').length;
    const whole = nodesOf(canonize(conv)).filter(({ op }) => op === 'Conv').length;
    expect(ops(tail!) + ops(head!)).toBe(whole);
    expect(ops(tail!)).toBeGreaterThan(0);
  });

  it('leaves what leads past the layer as it is', async () => {
    const g = new Builder();
    const input = g.input('input', [N, 1, 4, 4]);
    const layer = g.op('Relu', [input]);
    // Behind the layer the image itself is read again.
    const both = g.add(g.reduceSum(layer, [1, 2, 3], false), g.reduceSum(input, [1, 2, 3], false));
    const scores = g.concat(
      [g.reshape(both, [N, 1]), g.constant([0], [1, 1], 'float32')].map((each, at) =>
        at === 0 ? each : g.expand(each, [N, 1]),
      ),
      1,
    );
    const past = g.finish({ inputs: [input], outputs: { scores }, names: new Map([['layer', layer]]) });
    const made = ablationCam({ layer: 'layer', relu: false, upsample: 'none' });
    const map = await explain(made, { graph: past, images: x, target: 0 });
    const values = Array.from(x.data as Float32Array);
    const kept = values.reduce((sum, value) => sum + value, 0);
    const lost = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
    const expected = values.map((value) => (Math.max(value, 0) * lost) / (lost + kept));
    expectClose(map, { data: Float64Array.from(expected), shape: [1, 1, 4, 4], dtype: 'float64' }, EXACT);
  });
});

describe('score-cam', () => {
  it('sees nothing of the image through a channel that is the same everywhere, whatever its value', async () => {
    const x = randomTensor('flat', [1, 1, 4, 4], normal, 'float32');
    const made = scoreCam({ layer: 'layer', relu: false, upsample: 'none' });
    const flat = (value: number) =>
      deaf((g, input) => g.expand(g.constant([value], [1, 1, 1, 1], 'float32'), input.shape));
    const [none, some] = await Promise.all(
      [0, 0.3].map((value) => explain(made, { graph: flat(value), images: x, target: 0 })),
    );
    // Its weight is that of an empty image, so the map differs by that weight times the value, in every place.
    const shift = Number(some!.data[0]) - Number(none!.data[0]);
    expect(shift).toBeGreaterThan(0);
    for (const [place, value] of some!.data.entries()) {
      expect(Number(value) - Number(none!.data[place])).toBeCloseTo(shift, 12);
    }
  });

  it('weights sum to 1, so that equal channels give back the channel', async () => {
    const x = randomTensor('same', [1, 1, 4, 4], normal, 'float32');
    const graph = deaf((g, input) => g.op('Relu', [input]));
    const map = await explain(scoreCam({ layer: 'layer', upsample: 'none' }), {
      graph,
      images: x,
      target: 1,
    });
    const expected = Float64Array.from(x.data as Float32Array, (value) => Math.max(value, 0));
    expectClose(map, { data: expected, shape: [1, 1, 4, 4], dtype: 'float64' }, EXACT);
  });
});

/** Of a map's largest value: some dozens of roundings of 2^-24. */
const FLOAT32 = 5e-6;

describe.each(Object.entries(backends))('on %s', (_name, other) => {
  it.each(nets.filter(([file]) => !file.includes('dynamo')))('%s in float32', async (_file, net, graphOf) => {
    const given = float32(golden<Golden>('golden-cam', net).input);
    for (const made of ids.map((id) => method(id))) {
      const truth = await explain(made, { graph: graphOf(), images: given });
      const own = await explain(made, { graph: graphOf(), images: given, backend: other });
      expect(own.dtype).toBe('float32');
      expectClose(own, truth, FLOAT32, made.id);
    }
  });
});
