/** Occlusion that recomputes only what a window reaches gives the scores of whole passes, whatever the network. */
import { referenceBackend } from '@regional-saliency/conformance';
import {
  Builder,
  compileParts,
  createExplainer,
  type Graph,
  N,
  nodesOf,
  type Procedure,
  procedure,
  tensor,
  type Value,
} from '@regional-saliency/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filledScores, filledWindow } from '../src/perturbation/incremental/incremental';
import { localPart } from '../src/perturbation/incremental/local';

type Layer = (g: Builder, x: Value, random: (shape: number[]) => Value) => Value;

const channels = 3;

function conv(attributes: {
  kernel: number;
  stride: number;
  pad: number;
  dilation: number;
  group: number;
}): Layer {
  const { kernel, stride, pad, dilation, group } = attributes;
  return (g, x, random) =>
    g.op('Conv', [x, random([channels, channels / group, kernel, kernel]), random([channels])], {
      strides: [stride, stride],
      // Not the same on all sides.
      pads: [pad, 0, 1, pad],
      dilations: [dilation, 1],
      group,
    });
}

const layers: fc.Arbitrary<Layer> = fc.oneof(
  fc
    .record({
      kernel: fc.constantFrom(1, 2, 3),
      stride: fc.constantFrom(1, 2),
      pad: fc.constantFrom(0, 1, 2),
      dilation: fc.constantFrom(1, 2),
      group: fc.constantFrom(1, 3),
    })
    .map(conv),
  fc.constantFrom<Layer>(
    (g, x) => g.op('Relu', [x]),
    (g, x) => g.op('MaxPool', [x], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
    (g, x) => g.op('AveragePool', [x], { kernel_shape: [2, 2], strides: [1, 1] }),
    (g, x) => g.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    (g, x) => g.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    (g, x) => g.add(x, g.op('Sigmoid', [x])),
    (g, x, random) =>
      g.op('Conv', [g.concat([x, g.op('Relu', [x])], 1), random([channels, 2 * channels, 1, 1])]),
    // A branch that sees more than the other.
    (g, x, random) => g.add(x, g.op('Conv', [x, random([channels, channels, 3, 3])], { pads: [1, 1, 1, 1] })),
    // Squeeze and excitation: no longer local.
    (g, x) => g.mul(x, g.op('Sigmoid', [g.op('GlobalAveragePool', [x])])),
    (g, x, random) => g.mul(x, random([channels, 1, 1])),
  ),
);

/** A network of these layers, a mean over places and a dense layer. */
function network(list: readonly Layer[], size: readonly [number, number], batch: typeof N | number): Graph {
  const g = new Builder();
  let seed = 1;
  const random = (shape: number[]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, () => Math.sin(seed++ * 12.9898) * 0.7);
    return g.constant(data, shape);
  };
  const input = g.input('image', [batch, channels, ...size]);
  let x = input;
  for (const layer of list) {
    // A pool or a convolution that no longer fits is left out.
    if (Math.min(x.shape[2] as number, x.shape[3] as number) < 5) break;
    x = layer(g, x, random);
  }
  const mean = g.reshape(g.op('GlobalAveragePool', [x]), [batch, channels]);
  return g.finish({ inputs: [input], outputs: { scores: g.op('Gemm', [mean, random([channels, 2])]) } });
}

/** The scores of all windows, [1, 1, rows, columns], by patches as far as the network is local: moving them is free. */
function scoresOf(window: number, stride: number, fill: number): Procedure {
  const along = (size: number) =>
    Array.from({ length: Math.ceil((size - window) / stride) + 1 }, (_, at) => at * stride);
  const windowsOf = (height: number, width: number) => ({
    tops: along(height),
    lefts: along(width),
    height: window,
    width: window,
  });
  return procedure({
    id: 'windows',
    options: {},
    parts: { filled: filledWindow('windows', windowsOf, fill, 0) },
    run: async (_, image, context) => {
      const windows = windowsOf(image.shape[2]!, image.shape[3]!);
      const data = await filledScores(context.part!, 'filled', windows, context);
      const shape = [1, 1, windows.tops.length, windows.lefts.length];
      return { relevance: { data, shape, dtype: 'float64' } };
    },
  });
}

/** The same, each window in an image of its own. */
function wholeScoresOf(window: number, stride: number, fill: number): Procedure {
  return {
    ...scoresOf(window, stride, fill),
    parts: {},
    run: async (predict, image) => {
      const [, , height, width] = image.shape as [number, number, number, number];
      const scores: number[] = [];
      const count = (size: number) => Math.ceil((size - window) / stride) + 1;
      for (let row = 0; row < count(height); row++) {
        for (let column = 0; column < count(width); column++) {
          const data = Float32Array.from(image.data as Float32Array, (value, at) => {
            const [y, x] = [Math.floor(at / width) % height, at % width];
            const [down, right] = [y - row * stride, x - column * stride];
            return down >= 0 && down < window && right >= 0 && right < window ? fill : value;
          });
          scores.push(...(await predict({ ...image, data })));
        }
      }
      const shape = [1, 1, count(height), count(width)];
      return { relevance: { data: Float64Array.from(scores), shape, dtype: 'float64' } };
    },
  };
}

async function mapOf(model: Graph, method: Procedure, image: ReturnType<typeof tensor>, batch = 4) {
  const explainer = await createExplainer(model, { backend: referenceBackend(), method, target: 1, batch });
  const { relevance } = await explainer.explain(image);
  await explainer.dispose();
  return Array.from(relevance.data, Number);
}

const imageOf = (height: number, width: number) =>
  tensor(
    Float32Array.from({ length: channels * height * width }, (_, at) => Math.cos(at * 1.7)),
    [1, channels, height, width],
  );

describe('occlusion of a graph', () => {
  it('gives the scores of whole passes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(layers, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 9, max: 14 }),
        fc.integer({ min: 9, max: 14 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (list, height, width, window, stride) => {
          const model = network(list, [height, width], N);
          const image = imageOf(height, width);
          const own = await mapOf(model, scoresOf(window, stride, 0.3), image);
          const whole = await mapOf(model, wholeScoresOf(window, stride, 0.3), image);
          expect(own).toHaveLength(whole.length);
          const largest = Math.max(...whole.map(Math.abs), 1e-3);
          for (const [at, value] of own.entries())
            expect(Math.abs(value - whole[at]!)).toBeLessThan(1e-10 * largest);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives them for a batch that the file has fixed, and whatever the batch', async () => {
    const list = [
      conv({ kernel: 3, stride: 2, pad: 1, dilation: 1, group: 1 }),
      conv({ kernel: 3, stride: 1, pad: 1, dilation: 1, group: 1 }),
    ];
    const image = imageOf(14, 13);
    const expected = await mapOf(network(list, [14, 13], N), wholeScoresOf(4, 3, 0), image);
    for (const fixed of [N, 1, 3] as const) {
      for (const batch of [1, 5, 100]) {
        const map = await mapOf(network(list, [14, 13], fixed), scoresOf(4, 3, 0), image, batch);
        for (const [at, value] of map.entries()) expect(value).toBeCloseTo(expected[at]!, 12);
      }
    }
  });

  it('computes fewer places of each layer than the image has', () => {
    const same = conv({ kernel: 3, stride: 1, pad: 1, dilation: 1, group: 1 });
    const model = network([same, same, same], [64, 64], N);
    const { filled } = compileParts(model, scoresOf(5, 5, 0), { target: 1 });
    const sizes = nodesOf(filled!.graph).flatMap(({ op, outputs }) =>
      op === 'Conv' && outputs[0]!.shape[0] !== 1 ? [outputs[0]!.shape[2] as number] : [],
    );
    expect(sizes).toEqual([7, 9, 11]);
  });
});

describe('the local part of a network', () => {
  const area = [0, 1].map(() => ({ starts: [0, 8, 16], size: 8, full: 64 })) as [never, never];

  it('ends before a mean over all places', () => {
    const model = network([conv({ kernel: 3, stride: 1, pad: 1, dilation: 1, group: 1 })], [64, 64], N);
    const [input] = model.inputs as [Value];
    const { nodes } = localPart(model, model.outputs.scores!, input, area);
    expect(nodes.map(({ op }) => op)).not.toContain('GlobalAveragePool');
  });
});
