/** Resize: the forms that exporters write for `interpolate` and `Upsample`, between layers too. */
import { type Attributes, N, type Value } from '@regional-saliency/core';
import { type Case, caseOf } from '../case';

const forms: Record<string, Attributes> = {
  'nearest, twice as large, as feature pyramids have it': {
    scales: [2, 2],
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  },
  'nearest, to half': { scales: [0.5, 0.5], mode: 'nearest', coordinate_transformation_mode: 'asymmetric' },
  'linear, twice as large': { scales: [2, 2], mode: 'linear' },
  'linear, to a size, corners aligned': {
    sizes: [7, 9],
    mode: 'linear',
    coordinate_transformation_mode: 'align_corners',
  },
  "linear, as PyTorch's, to one row": {
    sizes: [1, 3],
    mode: 'linear',
    coordinate_transformation_mode: 'pytorch_half_pixel',
  },
  'linear, smaller, antialiased': { sizes: [2, 3], mode: 'linear', antialias: 1 },
  'linear, by a scale that leaves a rest': { scales: [1.3, 1.7], mode: 'linear' },
  'cubic, twice as large': { scales: [2, 2], mode: 'cubic' },
  'cubic, border left out': { sizes: [7, 3], mode: 'cubic', exclude_outside: 1, cubic_coeff_a: -0.5 },
  'cubic, symmetric': {
    scales: [1.3, 0.7],
    mode: 'cubic',
    coordinate_transformation_mode: 'half_pixel_symmetric',
  },
};

export const resizeCases = (): Case[] => [
  ...Object.entries(forms).map(([title, attributes]) =>
    caseOf(`Resize ${title}`, ({ g, input }) =>
      g.op('Resize', [input([N, 3, 4, 5])], { ...attributes, axes: [2, 3] }),
    ),
  ),
  caseOf('Resize of one axis', ({ g, input }) => {
    const x = input([N, 3, 4, 5]);
    return {
      rows: g.op('Resize', [x], { sizes: [6], axes: [2], mode: 'linear' }),
      columns: g.op('Resize', [x], { sizes: [3], axes: [-1], mode: 'cubic' }),
    };
  }),
  caseOf('Resize of sequences', ({ g, input }) =>
    g.op('Resize', [input([N, 3, 5])], { sizes: [8], axes: [2], mode: 'linear' }),
  ),
  caseOf('Resize between convolutions', ({ g, input, weight }) => {
    const x = g.op('Conv', [input([N, 2, 5, 5]), weight([3, 2, 3, 3])]);
    const y = g.op('Resize', [x], { scales: [2, 2], axes: [2, 3], mode: 'linear' });
    const z = g.op('Resize', [x], { scales: [2, 2], axes: [2, 3], mode: 'nearest' });
    return g.op('Conv', [g.add(y, z), weight([2, 3, 3, 3])], { pads: [1, 1, 1, 1] });
  }),
  // onnxruntime moves Transposes past what lies between them.
  ...(['linear', 'nearest', 'cubic'] as const).map((mode) =>
    caseOf(`Resize between transposes, ${mode}`, ({ g, input, weight }) => {
      const norm = (x: Value) => {
        const last = g.transpose(x, [0, 2, 3, 1]);
        return g.transpose(
          g.op('LayerNormalization', [last, weight([4])], { axis: -1, epsilon: 0.5 }),
          [0, 3, 1, 2],
        );
      };
      const x = g.op('Relu', [norm(input([N, 4, 10, 5]))]);
      return norm(g.op('Resize', [x], { sizes: [9, 7], axes: [2, 3], mode }));
    }),
  ),
];
