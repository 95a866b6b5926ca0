import { caseOf, checkCase } from '@regional-saliency/conformance';
import { type Attributes, N } from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends } from './backends';

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Any convolution that fits its input: kernels, strides, dilations, pads and groups, each axis its own. */
const convolutions = fc
  .record({
    kernel: pair(1, 5),
    strides: pair(1, 4),
    dilations: pair(1, 3),
    begins: pair(0, 3),
    ends: pair(0, 3),
    extra: pair(0, 6),
    group: fc.constantFrom(1, 1, 2, 3, 6),
    each: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 2, 3, 4, 12)),
    whole: fc.boolean(),
  })
  .map(({ kernel, strides, dilations, begins, ends, extra, group, each, whole }) => {
    const spatial = kernel.map((size, axis) => {
      const reach = (size - 1) * dilations[axis]! + 1;
      return Math.max(1, reach - begins[axis]! - ends[axis]!) + extra[axis]!;
    });
    // A layer of one channel a group (depthwise) as often as the others.
    const channels = group * (whole ? 1 : each[0]);
    const attributes: Attributes = {
      strides,
      dilations,
      pads: [...begins, ...ends],
      group,
    };
    return { channels, outputs: group * each[1], group, kernel, spatial, attributes };
  });

const pools = fc
  .record({
    kernel: pair(1, 4),
    strides: pair(1, 4),
    dilations: fc.constantFrom<[number, number]>([1, 1], [1, 1], [2, 1], [3, 2]),
    extra: pair(0, 6),
    pads: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
    channels: fc.constantFrom(3, 4, 8),
    ceil: fc.boolean(),
    counted: fc.boolean(),
  })
  .map(({ kernel, strides, dilations, extra, pads, channels, ceil, counted }) => ({
    channels,
    spatial: kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1 + extra[axis]!),
    counted,
    attributes: {
      kernel_shape: kernel,
      strides,
      dilations,
      // No window may lie in the padding alone.
      pads: pads.map((pad, at) => Math.min(pad, kernel[at % 2]! - 1)),
      ceil_mode: Number(ceil),
    } satisfies Attributes,
  }));

for (const { name, title, here } of backends) {
  describe.runIf(here)(`${title}, for any window`, () => {
    const backend = tfjsBackend({ name });

    it('convolves, and gives the gradient of it at the input', async () => {
      await fc.assert(
        fc.asyncProperty(convolutions, async ({ channels, outputs, group, kernel, spatial, attributes }) => {
          await checkCase(
            backend,
            caseOf(`conv ${JSON.stringify(attributes)}`, ({ g, input, weight }) => {
              const x = input([N, channels, ...spatial]);
              const w = weight([outputs, channels / group, ...kernel]);
              const y = g.op('Conv', [x, w, weight([outputs])], attributes);
              const r = input(y.shape);
              return { y, back: g.op('ConvGrad', [r, w], { ...y.node!.attributes, spatial }) };
            }),
          );
        }),
        { seed: 7, numRuns: 100 },
      );
    });

    it('pools, and gives the gradients of it', async () => {
      await fc.assert(
        fc.asyncProperty(pools, async ({ channels, spatial, attributes, counted }) => {
          await checkCase(
            backend,
            caseOf(`pool ${JSON.stringify(attributes)}`, ({ g, input }) => {
              const x = input([N, channels, ...spatial]);
              const most = g.op('MaxPool', [x], attributes);
              const r = input(most.shape);
              const mean = g.op('AveragePool', [x], { ...attributes, count_include_pad: Number(counted) });
              return { most, mean, back: g.op('MaxPoolGrad', [x, r], most.node!.attributes) };
            }),
          );
        }),
        { seed: 7, numRuns: 100 },
      );
    });
  });
}
