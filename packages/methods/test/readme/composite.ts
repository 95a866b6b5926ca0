import {
  basicRule,
  epsilon,
  isConvolution,
  layerwise,
  lrp,
  same,
  stabilize,
} from '@regional-saliency/methods';

/** LRP-γ: positive weights count (1 + γ) times. Montavon et al. 2019, doi 10.1007/978-3-030-28954-6_10. */
const gamma = (value: number) =>
  basicRule({
    branches: () => {
      const favour: typeof same = (g, w) => g.add(w, g.mul(g.op('Relu', [w]), g.scalar(value)));
      return [{ input: same, weights: favour, bias: favour }];
    },
    divide: ({ g }, r, [z]) => [g.div(r, stabilize(g, z!, 1e-6))],
  });

const convolution = gamma(0.25);
const dense = epsilon();

export const lrpGamma = lrp(
  'lrp-gamma',
  layerwise((node) => (isConvolution(node) ? convolution : dense)),
);
