/** Pools and MaxPoolGrad: ties, zeros, negative numbers, overlapping windows, ceil_mode, padding. */
import { type Attributes, type Dim, N, operators } from '@regional-saliency/core';
import { type Case, caseOf } from '../case';
import { coarse, cycle, type Fill, negative, normal, zeros } from '../random';

interface Geometry {
  readonly title: string;
  readonly x: readonly Dim[];
  readonly attributes: Attributes;
}

const windows: Geometry[] = [
  { title: '2×2, stride 2', x: [N, 2, 6, 8], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  {
    title: '3×3, stride 2, padded, as a ResNet begins',
    x: [N, 3, 9, 8],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  { title: '3×3, stride 1', x: [N, 2, 6, 5], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
  {
    title: '3×2, strides 2 and 1, asymmetric pads',
    x: [N, 2, 7, 6],
    attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] },
  },
  {
    title: 'stride 3 above a 2×2 window: places that no window sees',
    x: [N, 2, 8, 8],
    attributes: { kernel_shape: [2, 2], strides: [3, 3] },
  },
  {
    title: 'SAME_UPPER, stride 2',
    x: [N, 2, 7, 8],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
  },
  {
    title: 'SAME_LOWER, 2×2, stride 1',
    x: [N, 2, 5, 6],
    attributes: { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' },
  },
  {
    title: 'ceil_mode, the last window hangs over',
    x: [N, 2, 8, 7],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  {
    title: 'ceil_mode, padded',
    x: [N, 2, 6, 8],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  {
    title: 'ceil_mode, a window beginning in the padding is dropped',
    x: [N, 2, 5, 5],
    attributes: { kernel_shape: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  { title: 'the whole image', x: [N, 3, 4, 5], attributes: { kernel_shape: [4, 5] } },
  { title: 'a fixed batch of 2', x: [2, 2, 6, 6], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
];

const dilated: Geometry = {
  title: 'dilation 2',
  x: [N, 2, 9, 8],
  attributes: { kernel_shape: [3, 3], dilations: [2, 2], strides: [2, 1], pads: [1, 1, 1, 1] },
};

const dilatedCeil: Geometry = {
  title: 'dilation 3 and ceil_mode',
  x: [N, 2, 8, 9],
  attributes: { kernel_shape: [2, 2], dilations: [3, 3], strides: [3, 2], ceil_mode: 1 },
};

const otherRanks: Geometry[] = [
  { title: '1-D', x: [N, 2, 11], attributes: { kernel_shape: [3], strides: [2], pads: [1, 1] } },
  { title: '3-D', x: [N, 2, 4, 5, 4], attributes: { kernel_shape: [2, 2, 2], strides: [2, 1, 2] } },
];

function maxCases({ title, x, attributes }: Geometry): Case[] {
  return [
    caseOf(`MaxPool ${title}`, ({ g, input }) => g.op('MaxPool', [input(x)], attributes)),
    maxGrad(title, x, attributes, normal),
  ];
}

/** MaxPool and its gradient in one program, as methods have them. */
function maxGrad(title: string, x: readonly Dim[], attributes: Attributes, fill: Fill): Case {
  return caseOf(`MaxPoolGrad ${title}`, ({ g, input }) => {
    const image = input(x, fill);
    const y = g.op('MaxPool', [image], attributes);
    const context = { g, node: y.node!, needs: [true] };
    return { y, back: operators.MaxPool!.gradient!(context, [input(y.shape)])[0]! };
  });
}

function averageCases({ title, x, attributes }: Geometry): Case[] {
  return [0, 1].flatMap((count_include_pad) => {
    const name = `${title}${count_include_pad ? ', padding counted' : ''}`;
    const all = { ...attributes, count_include_pad };
    return [
      caseOf(`AveragePool ${name}`, ({ g, input }) => g.op('AveragePool', [input(x)], all)),
      caseOf(`AveragePool gradient ${name}`, ({ g, input }) => {
        const { node, shape } = g.op('AveragePool', [g.input('image', x)], all);
        return operators.AveragePool!.gradient!({ g, node: node!, needs: [true] }, [input(shape)])[0]!;
      }),
    ];
  });
}

const resnetPool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
const plainPool = { kernel_shape: [2, 2], strides: [2, 2] };

export function poolingCases(): Case[] {
  const image = [N, 3, 8, 7];
  return [
    ...[...windows, dilated, dilatedCeil, ...otherRanks].flatMap(maxCases),
    ...[...windows, ...otherRanks].flatMap(averageCases),
    ...[
      ['overlapping windows', resnetPool],
      ['apart', plainPool],
    ].flatMap(([title, attributes]) => [
      maxGrad(`of ties, ${title}`, image, attributes as Attributes, coarse),
      maxGrad(`of zeros only, ${title}`, image, attributes as Attributes, zeros),
      maxGrad(`of negative numbers, ${title}`, image, attributes as Attributes, negative),
      maxGrad(
        `of negative numbers and zeros, ${title}`,
        image,
        attributes as Attributes,
        cycle(-1, 0, -2, -1, 0),
      ),
    ]),
    maxGrad(
      'of one number everywhere, windows of the whole image',
      [N, 2, 3, 3],
      { kernel_shape: [3, 3] },
      cycle(-2),
    ),
    caseOf('MaxPool Indices: flat over the whole batch, the first of ties', ({ g, input }) => ({
      indices: g.node('MaxPool', [input(image, coarse)], resnetPool).outputs[1]!,
    })),
    caseOf('GlobalAveragePool', ({ g, input }) => g.op('GlobalAveragePool', [input([N, 3, 4, 5])])),
    caseOf('GlobalMaxPool', ({ g, input }) => g.op('GlobalMaxPool', [input([N, 3, 4, 5])])),
    caseOf('GlobalMaxPool of negative numbers', ({ g, input }) =>
      g.op('GlobalMaxPool', [input([N, 3, 4, 5], negative)]),
    ),
  ];
}
