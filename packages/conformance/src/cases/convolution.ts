/** Conv, ConvGrad and ConvTranspose over the geometries that models have, and some that they should not. */
import { type Attributes, type Dim, N, operators, type Value } from '@regional-saliency/core';
import { type Case, caseOf, type Parts } from '../case';
import { nanAt } from '../random';

interface Geometry {
  readonly title: string;
  readonly x: readonly Dim[];
  readonly weights: readonly number[];
  readonly attributes?: Attributes;
}

const convolutions: Geometry[] = [
  { title: '3×3', x: [N, 3, 6, 7], weights: [4, 3, 3, 3] },
  { title: '3×3, padded by 1', x: [N, 3, 6, 7], weights: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  { title: '1×1', x: [N, 5, 4, 4], weights: [3, 5, 1, 1] },
  { title: '1×1, stride 2', x: [N, 4, 7, 6], weights: [6, 4, 1, 1], attributes: { strides: [2, 2] } },
  {
    title: '7×7, stride 2, as a ResNet begins',
    x: [N, 3, 17, 16],
    weights: [4, 3, 7, 7],
    attributes: { strides: [2, 2], pads: [3, 3, 3, 3] },
  },
  {
    title: '3×3, stride 2, the last row not reached',
    x: [N, 2, 8, 9],
    weights: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 0, 0] },
  },
  {
    title: 'stride 3 above a 2×2 kernel',
    x: [N, 2, 8, 7],
    weights: [3, 2, 2, 2],
    attributes: { strides: [3, 3] },
  },
  {
    title: 'strides 1 and 2',
    x: [N, 2, 6, 7],
    weights: [3, 2, 3, 3],
    attributes: { strides: [1, 2], pads: [1, 0, 1, 2] },
  },
  {
    title: 'strides 2 and 3, 3×5 kernel',
    x: [N, 2, 9, 11],
    weights: [3, 2, 3, 5],
    attributes: { strides: [2, 3], pads: [2, 1, 0, 3] },
  },
  {
    title: 'asymmetric pads',
    x: [N, 2, 5, 6],
    weights: [3, 2, 3, 3],
    attributes: { pads: [0, 1, 2, 0] },
  },
  {
    title: 'pads beyond the kernel',
    x: [N, 2, 4, 4],
    weights: [2, 2, 2, 2],
    attributes: { pads: [2, 3, 3, 2] },
  },
  {
    title: 'SAME_UPPER, stride 2',
    x: [N, 3, 8, 7],
    weights: [4, 3, 3, 3],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  {
    title: 'SAME_LOWER, 4×4',
    x: [N, 2, 7, 6],
    weights: [3, 2, 4, 4],
    attributes: { auto_pad: 'SAME_LOWER' },
  },
  {
    title: 'dilation 2',
    x: [N, 2, 9, 8],
    weights: [3, 2, 3, 3],
    attributes: { dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    title: 'dilation 2 and stride 2',
    x: [N, 2, 11, 10],
    weights: [3, 2, 3, 3],
    attributes: { dilations: [2, 2], strides: [2, 2], pads: [2, 1, 2, 1] },
  },
  {
    title: '2 groups',
    x: [N, 4, 6, 6],
    weights: [6, 2, 3, 3],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    title: '2 groups, stride 2',
    x: [N, 4, 7, 6],
    weights: [6, 2, 3, 3],
    attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: 'depthwise',
    x: [N, 5, 6, 7],
    weights: [5, 1, 3, 3],
    attributes: { group: 5, pads: [1, 1, 1, 1] },
  },
  {
    title: 'depthwise, stride 2',
    x: [N, 4, 9, 8],
    weights: [4, 1, 3, 3],
    attributes: { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: 'depthwise, dilated',
    x: [N, 3, 9, 8],
    weights: [3, 1, 3, 3],
    attributes: { group: 3, dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    title: 'depthwise with a multiplier of 2',
    x: [N, 3, 6, 6],
    weights: [6, 1, 3, 3],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
  },
  { title: 'a kernel as large as the image', x: [N, 3, 4, 5], weights: [2, 3, 4, 5] },
  { title: 'a fixed batch of 2', x: [2, 3, 5, 5], weights: [2, 3, 3, 3] },
  // As wide as a network's inner layers, for which a backend may have another way.
  { title: '3×3, 98 to 96 channels', x: [N, 98, 4, 6], weights: [96, 98, 3, 3] },
  {
    title: '3×3, 96 channels, odd sizes',
    x: [N, 96, 7, 5],
    weights: [96, 96, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
  },
  {
    title: '3×3, 96 channels, asymmetric pads',
    x: [N, 96, 3, 4],
    weights: [97, 96, 3, 3],
    attributes: { pads: [2, 0, 1, 3] },
  },
  {
    title: '3×3, 96 channels, one place',
    x: [N, 96, 1, 1],
    weights: [96, 96, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
  },
  {
    title: '1×5 and no channels to spare',
    x: [N, 1, 3, 8],
    weights: [1, 1, 1, 5],
    attributes: { pads: [0, 2, 0, 2] },
  },
];

const otherRanks: Geometry[] = [
  { title: '1-D', x: [N, 3, 11], weights: [4, 3, 3], attributes: { pads: [1, 1] } },
  {
    title: '1-D, stride 2, dilation 2',
    x: [N, 2, 12],
    weights: [3, 2, 3],
    attributes: { strides: [2], dilations: [2], pads: [2, 1] },
  },
  { title: '1-D, 2 groups', x: [N, 4, 9], weights: [4, 2, 3], attributes: { group: 2 } },
  { title: '3-D', x: [N, 2, 4, 5, 4], weights: [3, 2, 2, 3, 3], attributes: { pads: [0, 1, 1, 1, 1, 0] } },
  {
    title: '3-D, stride 2',
    x: [N, 2, 5, 4, 6],
    weights: [2, 2, 3, 2, 2],
    attributes: { strides: [2, 2, 2], pads: [1, 0, 0, 1, 0, 0] },
  },
];

function convCases({ title, x, weights, attributes }: Geometry): Case[] {
  const bias = weights[0]!;
  return [
    caseOf(`Conv ${title}`, ({ g, input, weight }) =>
      g.op('Conv', [input(x), weight(weights), weight([bias])], attributes),
    ),
    caseOf(`ConvGrad ${title}`, (parts) => convGrad(parts, x, parts.weight(weights), attributes)),
  ];
}

/** The gradient rule of a convolution, applied to an input of the convolution's output shape. */
function convGrad({ g, input }: Parts, x: readonly Dim[], weights: Value, attributes?: Attributes): Value {
  const image = g.input('image', x);
  const { node, shape } = g.op('Conv', [image, weights], attributes);
  const context = { g, node: node!, needs: [true, false, false] };
  return operators.Conv!.gradient!(context, [input(shape)])[0]!;
}

const transposed: Geometry[] = [
  { title: '3×3', x: [N, 3, 4, 5], weights: [3, 2, 3, 3] },
  {
    title: '2×2, stride 2, as in a U-Net',
    x: [N, 4, 3, 4],
    weights: [4, 2, 2, 2],
    attributes: { strides: [2, 2] },
  },
  {
    title: '3×3, stride 2, output_padding',
    x: [N, 3, 4, 4],
    weights: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  {
    title: 'asymmetric pads, strides 2 and 3',
    x: [N, 2, 4, 3],
    weights: [2, 3, 3, 4],
    attributes: { strides: [2, 3], pads: [1, 0, 0, 2], output_padding: [0, 2] },
  },
  {
    title: '2 groups, stride 2',
    x: [N, 4, 4, 4],
    weights: [4, 3, 3, 3],
    attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: 'dilation 2',
    x: [N, 2, 4, 4],
    weights: [2, 3, 3, 3],
    attributes: { dilations: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    title: 'dilation 3 and 2, output_padding of the stride and above',
    x: [N, 2, 4, 4],
    weights: [2, 3, 2, 3],
    attributes: { dilations: [3, 2], strides: [2, 1], pads: [0, 0, 1, 0], output_padding: [2, 1] },
  },
  {
    title: 'SAME_UPPER, stride 2',
    x: [N, 2, 4, 3],
    weights: [2, 2, 3, 3],
    attributes: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
];

export function convolutionCases(): Case[] {
  return [
    ...convolutions.flatMap(convCases),
    ...otherRanks.flatMap(convCases),
    caseOf('Conv without bias', ({ g, input, weight }) =>
      g.op('Conv', [input([N, 2, 5, 5]), weight([3, 2, 3, 3])]),
    ),
    caseOf('Conv with weights that the program computes from constants', ({ g, input, weight }) =>
      g.op('Conv', [input([N, 2, 5, 5]), g.op('Relu', [weight([3, 2, 3, 3])]), g.neg(weight([3]))]),
    ),
    caseOf('Conv 3×3, 96 channels, and a Relu', ({ g, input, weight }) =>
      g.op('Relu', [
        g.op('Conv', [input([N, 96, 5, 4]), weight([96, 96, 3, 3]), weight([96])], { pads: [1, 1, 1, 1] }),
      ]),
    ),
    caseOf('Conv 3×3, 96 channels, with weights that are an input', ({ g, input }) =>
      g.op('Conv', [input([N, 96, 4, 4]), input([96, 96, 3, 3])]),
    ),
    caseOf('Conv with weights that are an input', ({ g, input }) =>
      g.op('Conv', [input([N, 2, 5, 5]), input([3, 2, 3, 3]), input([3])], { pads: [1, 1, 1, 1] }),
    ),
    caseOf('Conv: NaN in one image reaches that image only', ({ g, input, weight }) =>
      g.op('Conv', [input([2, 2, 5, 5], nanAt(62)), weight([3, 2, 3, 3])], { pads: [1, 1, 1, 1] }),
    ),
    caseOf('ConvGrad with weights that the program computes, as LRP does', (parts) => {
      const { g, weight } = parts;
      const weights = weight([4, 3, 3, 3]);
      const attributes = { strides: [2, 2], pads: [1, 1, 1, 1] };
      const shape = [N, 3, 7, 8];
      return {
        positive: convGrad(parts, shape, g.op('Relu', [weights]), attributes),
        negative: convGrad(parts, shape, g.op('Clip', [weights], { max: 0 }), attributes),
      };
    }),
    ...transposed.map(({ title, x, weights, attributes }) =>
      caseOf(`ConvTranspose ${title}`, ({ g, input, weight }) => {
        const channels = weights[1]! * ((attributes?.group as number) ?? 1);
        return g.op('ConvTranspose', [input(x), weight(weights), weight([channels])], attributes);
      }),
    ),
    caseOf('ConvTranspose 1-D, stride 2', ({ g, input, weight }) =>
      g.op('ConvTranspose', [input([N, 2, 5]), weight([2, 3, 3])], { strides: [2] }),
    ),
  ];
}
