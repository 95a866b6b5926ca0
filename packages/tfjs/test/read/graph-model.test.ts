import {
  Builder,
  createExplainer,
  type Graph,
  isBatch,
  layer,
  N,
  nodesOf,
  SaliencyError,
  sizeOf,
  type Value,
  walk,
} from '@regional-saliency/core';
import { gradCam, method } from '@regional-saliency/methods';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readGraphModel, readWeights, tfjsBackend } from '../../src';
import { distance, images, ModelWriter, noise, run } from './graph-models';
import { deepLab, detector, inception, mobileNet, type Net, resNet } from './graph-nets';
import '../backends';

const nets: [string, (w?: ModelWriter) => Net][] = [
  ['MobileNetV2', mobileNet],
  ['ResNet', resNet],
  ['Inception', inception],
  ['a detector', detector],
  ['DeepLab', deepLab],
];

/** What tfjs computes, images channels first. */
async function predicted(net: Net, image: tf.Tensor): Promise<Record<string, Float32Array>> {
  const results: Record<string, Float32Array> = {};
  const model = net.w.load(net.outputs);
  for (const [key, name] of Object.entries(net.outputs)) {
    const value = model.execute({ [inputName(net)]: image }, name) as tf.Tensor;
    results[key] = (await first(value).data()) as Float32Array;
  }
  return results;
}

const inputName = (net: Net) => Object.keys(net.w.json(net.outputs).signature!.inputs)[0]!;
const first = (x: tf.Tensor) => (x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x);

/** The gradient of all outputs together, each weighted. */
function gradientOf(graph: Graph): Graph {
  const g = new Builder(graph);
  const seeds = new Map<Value, Value>();
  for (const [at, value] of Object.values(graph.outputs).entries()) {
    const shape = value.shape as number[];
    seeds.set(value, g.constant(noise(sizeOf(shape), at + 1), shape));
  }
  const [image] = graph.inputs as [Value];
  return g.finish({
    inputs: graph.inputs,
    outputs: { gradient: walk(g, { seeds, wrt: [image] }).get(image)! },
  });
}

describe('a network as a GraphModel', () => {
  it.each(nets)('in the manner of %s gives what tfjs gives', async (_, make) => {
    const net = make();
    const { last, first: image } = images(net.shape);
    const expected = await predicted(net, last);
    const results = await run(net.w.read(net.outputs), image);
    expect(Object.keys(results)).toEqual(Object.keys(expected));
    for (const [key, values] of Object.entries(expected)) {
      expect(distance(results[key]!.data as Float32Array, values)).toBeLessThan(1e-5);
    }
  });

  it.each(nets)('in the manner of %s has the gradient that tfjs gives', async (_, make) => {
    const net = make();
    const { last, first: image } = images(net.shape);
    const model = net.w.load(net.outputs);
    const graph = net.w.read(net.outputs, { batch: 2 });
    const loss = (x: tf.Tensor) =>
      tf.addN(
        Object.entries(net.outputs).map(([key, name], at) => {
          const shape = graph.outputs[key]!.shape as number[];
          const value = first(model.execute({ [inputName(net)]: x }, name) as tf.Tensor);
          return tf.sum(tf.mul(value, tf.tensor(noise(sizeOf(shape), at + 1), shape)));
        }),
      );
    const { gradient } = await run(gradientOf(graph), image);
    if (make === inception || make === deepLab) {
      // tfjs 4.22 divides by the whole window at the border of an AvgPool, and turns the image of a ResizeBilinear.
      for (let seed = 1; seed <= 4; seed++) {
        const along = images(net.shape, seed + 20);
        const [above] = await loss(tf.add(last, tf.mul(along.last, 1e-3))).data();
        const [below] = await loss(tf.sub(last, tf.mul(along.last, 1e-3))).data();
        const direction = along.first.data as Float32Array;
        const slope = (gradient!.data as Float32Array).reduce(
          (sum, each, at) => sum + each * direction[at]!,
          0,
        );
        expect(Math.abs((above! - below!) / 2e-3 - slope)).toBeLessThan(2e-2 * Math.max(1, Math.abs(slope)));
      }
      return;
    }
    const expected = (await first(tf.grad(loss)(last)).data()) as Float32Array;
    const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    expect(distance(gradient!.data as Float32Array, expected) / scale).toBeLessThan(1e-5);
  });

  it.each(nets)('in the manner of %s has no Transpose between its convolutions', (_, make) => {
    const net = make();
    const graph = net.w.read(net.outputs);
    const { shape } = graph.inputs[0]!;
    expect(shape).toEqual([N, net.shape[3], net.shape[1], net.shape[2]]);
    const behindConvolutions = new Set<Value>();
    for (const node of nodesOf(graph)) {
      const before = node.inputs.some((input) => input && behindConvolutions.has(input));
      if (node.op === 'Conv' || before) for (const output of node.outputs) behindConvolutions.add(output);
      if (node.op !== 'Transpose') continue;
      // Only rows of features and lists of boxes are in the model's order.
      expect(node.outputs[0]!.shape.length).toBeLessThan(4);
    }
  });

  it('finds values by the names of nodes and of name scopes, channels first', () => {
    const { w, outputs } = mobileNet();
    const graph = w.read(outputs);
    const added = layer(graph, 'MobilenetV2/expanded_conv/add');
    expect(added.shape).toEqual([N, 8, 12, 10]);
    expect(layer(graph, 'MobilenetV2/expanded_conv')).toBe(added);
    expect(layer(graph, 'MobilenetV2/expanded_conv/depthwise').shape).toEqual([N, 16, 12, 10]);
    expect(layer(graph, 'logits')).toBe(graph.outputs.logits);
    expect(nodesOf(graph)).toContain(added.node);
  });

  it('puts what SpaceToBatchND takes apart into dilated convolutions, under the same names', () => {
    const { w, outputs } = deepLab();
    const graph = w.read(outputs);
    const dilated = nodesOf(graph).filter(({ attributes }) =>
      ((attributes.dilations ?? []) as number[]).some((dilation) => dilation > 1),
    );
    expect(dilated.map(({ attributes }) => attributes.dilations)).toEqual([
      [2, 2],
      [4, 4],
    ]);
    expect(dilated.map(({ attributes }) => attributes.pads)).toEqual([
      [2, 2, 2, 2],
      [4, 4, 4, 4],
    ]);
    expect(nodesOf(graph).some(({ outputs: [y] }) => isBatch(y!.shape[0]!) && y!.shape[0].batch !== 1)).toBe(
      false,
    );
    expect(layer(graph, 'aspp1/depthwise').node).toBe(dilated[0]);
    expect(layer(graph, 'aspp1/BatchToSpaceND').node).toBe(dilated[0]);
  });

  it('knows a layer inside a called function without the name of the call', () => {
    const w = new ModelWriter();
    const y = w.node('Relu', [w.input([-1, 4, 5, 3])], {}, 'StatefulPartitionedCall/model/act/Relu');
    const graph = w.read({ y });
    expect(layer(graph, 'model/act/Relu')).toBe(layer(graph, 'StatefulPartitionedCall/model/act/Relu'));
    expect(layer(graph, 'model/act')).toBe(graph.outputs.y);
  });

  it('without a signature takes its placeholders, and gives all that nobody reads', () => {
    const w = new ModelWriter();
    const x = w.input([-1, 4, 5, 3]);
    w.node('Relu', [x], {}, 'a');
    w.node('Tanh', [x], {}, 'b');
    w.node('NoOp', ['^a'], {}, 'init');
    const graph = w.read();
    expect(graph.inputs.map(({ name }) => name)).toEqual(['image']);
    expect(Object.keys(graph.outputs)).toEqual(['a', 'b']);
  });

  it('whose images have their channels first is taken as it is', async () => {
    // The same weights in both orders; tfjs runs the one with its channels last.
    const build = (isFirst: boolean) => {
      const w = new ModelWriter();
      const data_format = isFirst ? 'NCHW' : 'NHWC';
      const plane = (size: number) => (isFirst ? [1, 1, size, size] : [1, size, size, 1]);
      const slides = { strides: plane(2), padding: 'SAME', data_format, dilations: plane(1) };
      const x = w.input(isFirst ? [-1, 3, 9, 10] : [-1, 9, 10, 3]);
      const convolved = w.node('Conv2D', [x, w.weights([3, 3, 3, 7])], slides);
      const biased = w.node('BiasAdd', [convolved, w.weights([7])], { data_format });
      const ones = w.floats(new Array(7).fill(1), [7]);
      const norm = { epsilon: 1e-3, is_training: false, data_format };
      const normal = w.node('FusedBatchNormV3', [biased, ones, w.weights([7]), w.weights([7]), ones], norm);
      const pooled = w.node('MaxPool', [normal], { ...slides, ksize: plane(3) });
      const mean = w.node('Mean', [pooled, w.ints(isFirst ? [2, 3] : [1, 2])], { keep_dims: false });
      return { w, outputs: { mean }, shape: [2, 9, 10, 3] };
    };
    const { w, outputs } = build(true);
    const graph = w.read(outputs);
    expect(graph.inputs[0]!.shape).toEqual([N, 3, 9, 10]);
    expect(nodesOf(graph).some(({ op }) => op === 'Transpose')).toBe(false);
    const { last, first: image } = images([2, 9, 10, 3]);
    const expected = await predicted(build(false), last);
    const results = await run(graph, image);
    expect(distance(results.mean!.data as Float32Array, expected.mean!)).toBeLessThan(1e-5);
  });
});

describe('a live GraphModel', () => {
  it('is explained with its own tensors, and is as it was when all is disposed of', async () => {
    const net = mobileNet();
    const { last, first: image } = images(net.shape);
    const model = net.w.load(net.outputs);
    const before = await (model.execute({ image: last }, model.outputNodes) as tf.Tensor).data();
    const held = tf.memory();
    const graph = readGraphModel(model);
    expect(tf.memory().numTensors).toBe(held.numTensors);
    const session = await tfjsBackend({ name: 'cpu' }).load(graph);
    const { logits } = await session.run({ image });
    expect(distance(logits!.data as Float32Array, before)).toBeLessThan(1e-5);
    expect(tf.memory().numDataBuffers).toBe(held.numDataBuffers);
    await session.dispose();
    expect(tf.memory().numTensors).toBe(held.numTensors);
    const after = await (model.execute({ image: last }, model.outputNodes) as tf.Tensor).data();
    expect(after).toEqual(before);
    model.dispose();
  });
});

describe('methods on a GraphModel', () => {
  it.each([
    ['MobileNetV2', mobileNet],
    ['ResNet', resNet],
  ] as const)(
    'explain one in the manner of %s: Grad-CAM on a layer that it finds, LRP that conserves where nothing absorbs',
    async (_, make) => {
      const net = make(new ModelWriter({ positive: true }));
      const graph = net.w.read(net.outputs);
      const { first: image } = images(net.shape);
      const backend = tfjsBackend({ name: 'cpu' });
      const cam = await createExplainer(graph, { backend, method: gradCam() });
      const { relevance: map } = await cam.explain(image);
      expect(map.shape.slice(-2)).toEqual(graph.inputs[0]!.shape.slice(-2));
      await cam.dispose();
      const lrp = await createExplainer(graph, { backend, method: method('lrp-epsilon-plus') });
      const { relevance } = await lrp.explain(image);
      const half = relevance.data.length / 2;
      for (const index of [0, 1]) {
        const part = (relevance.data as Float32Array).subarray(index * half, (index + 1) * half);
        expect(Math.abs(part.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-4);
      }
      await lrp.dispose();
    },
  );
});

describe('a GraphModel that is not one', () => {
  const reading =
    (
      build: (w: ModelWriter) => Record<string, string> | undefined,
      change?: (json: ReturnType<ModelWriter['json']>) => void,
    ) =>
    () => {
      const w = new ModelWriter();
      const json = w.json(build(w));
      const full = {
        ...w.json(
          json.signature &&
            Object.fromEntries(
              Object.entries(json.signature.outputs).map(([key, entry]) => [
                key,
                (entry as { name: string }).name,
              ]),
            ),
        ),
      };
      change?.(full);
      readGraphModel({ json: full, weights: readWeights(full.weightsManifest, () => w.shard()) });
    };
  const relu = (w: ModelWriter) => ({ y: w.node('Relu', [w.input([-1, 4, 5, 3])], {}, 'relu') });
  const topology = (json: ReturnType<ModelWriter['json']>) =>
    json.modelTopology.node as { name: string; op: string; input?: unknown; attr: unknown }[];

  const refusals: [string, () => void, RegExp][] = [
    [
      'a LayersModel',
      reading(relu, (json) => {
        json.format = 'layers-model';
      }),
      /format is "layers-model"/,
    ],
    ['no topology', () => readGraphModel({ json: {}, weights: new Map() }), /no list of nodes/],
    [
      'a node without a name',
      reading(relu, (json) => topology(json).push({ op: 'Relu' } as never)),
      /no name or no operator/,
    ],
    [
      'two nodes of a name',
      reading(relu, (json) => topology(json).push(topology(json)[1]!)),
      /two nodes are called "relu"/,
    ],
    [
      'a missing input',
      reading((w) => ({ y: w.node('Relu', ['nothing']) })),
      /Relu "Relu_0" reads "nothing"/,
    ],
    [
      'a circle',
      reading((w) => ({ y: w.node('Relu', [w.node('Tanh', ['y'], {}, 'x')], {}, 'y') })),
      /reads its own result/,
    ],
    [
      'inputs that are no list',
      reading(relu, (json) => {
        topology(json)[1]!.input = 'image';
      }),
      /are not a list of names/,
    ],
    [
      'a missing weight',
      reading(relu, (json) => {
        topology(json)[0]!.op = 'Const';
      }),
      /not among the weights/,
    ],
    [
      'a missing attribute',
      reading((w) => ({ y: w.node('MaxPool', [w.input([-1, 4, 5, 3])]) })),
      /MaxPool "MaxPool_1": its attribute "ksize"/,
    ],
    [
      'a wrong attribute',
      reading((w) => ({ y: w.node('Cast', [w.input([-1, 4, 5, 3])], { DstT: 'DT_STRING' }) })),
      /attribute "DstT"/,
    ],
    [
      'an output that is not there',
      reading((w) => ({ y: `${w.node('Relu', [w.input([-1, 4, 5, 3])], {}, 'relu')}:3` })),
      /output 3 of Relu "relu"/,
    ],
    [
      'a size that is none',
      reading(relu, (json) => {
        topology(json)[0]!.attr = { shape: { shape: { dim: [{ size: 'many' }] } } };
      }),
      /not a list of sizes/,
    ],
    [
      'shapes that do not fit',
      reading((w) => ({ y: w.node('AddV2', [w.input([-1, 4, 5, 3]), w.weights([4])], {}, 'sum') })),
      /AddV2 "sum": .*can't be broadcast/,
    ],
    [
      'training',
      reading((w) => ({
        y: w.node('FusedBatchNormV3', [
          w.input([-1, 4, 5, 3]),
          w.weights([3]),
          w.weights([3]),
          w.floats([], [0]),
          w.floats([], [0]),
        ]),
      })),
      /save the model for inference/,
    ],
    [
      'control flow and tables, all in one sentence',
      reading((w) => {
        const x = w.input([-1, 4, 5, 3]);
        return {
          y: w.node(
            'Merge',
            [w.node('Switch', [x, x], {}, 's'), w.node('LookupTableFindV2', [x], {}, 't')],
            {},
            'm',
          ),
        };
      }),
      /the operators Merge \(node "m"\), Switch \(node "s"\), LookupTableFindV2 \(node "t"\) are not supported/,
    ],
    [
      'an open size',
      reading((w) => ({ y: w.node('Relu', [w.input([-1, -1, -1, 3])]) })),
      /shapes: \{ "image": \['N', 224, 224, 3\] \}/,
    ],
  ];
  it.each(refusals)('is refused: %s', (_, read, message) => {
    expect(read).toThrow(SaliencyError);
    expect(read).toThrow(message);
  });

  it('is told which sizes an open input has', () => {
    const w = new ModelWriter();
    const outputs = { y: w.node('Relu', [w.input([-1, -1, -1, 3])]) };
    expect(w.read(outputs, { shapes: { image: ['N', 4, 5, 3] } }).inputs[0]!.shape).toEqual([N, 3, 4, 5]);
    expect(w.read(outputs, { shapes: { image: [2, 4, 5, 3] } }).inputs[0]!.shape).toEqual([2, 3, 4, 5]);
    expect(() => w.read(outputs, { shapes: { image: ['N', 4, 5, 4] } })).toThrow(
      /dimension 3 of its shape can't be 4/,
    );
    expect(() => w.read(outputs, { shapes: { image: ['N', 4] } })).toThrow(/has 4 dimensions/);
    expect(() => w.read(outputs, { shapes: { image: ['N', 4, 5, 3], other: ['N'] } })).toThrow(
      /no input "other"/,
    );
  });
});
