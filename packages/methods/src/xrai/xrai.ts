/**
 * XRAI: integrated gradients, gathered into segments of the image that are ranked by how much attribution they hold.
 *
 * Kapishnikov, Bolukbasi, Viégas, Terry 2019, "XRAI: Better Attributions Through Regions", doi 10.1109/ICCV.2019.00505. PyPI's
 * `saliency`: XRAI, whose path of n equal steps from end to end, baselines (the image's least and greatest value, black and
 * white) and maximum over channels these are.
 */
import { type Part, type Procedure, procedure, SaliencyError, type Tensor } from '@regional-saliency/core';
import type { MethodEntry } from '../entry';
import { pathIntegral } from '../gradient/path-integral';
import { featuresOf } from '../perturbation/features';
import { checkCount, shown } from '../perturbation/options';
import { rank } from './rank';
import { segmentsOf } from './segments';

export interface XraiOptions {
  /** How many gradients are taken on the way from each of the two baselines. Default 100. */
  readonly n?: number | undefined;
  /** How far segments reach over their edges, in pixels. Default 5. */
  readonly dilation?: number | undefined;
  /** A segment that adds fewer pixels than this is left out. Default 50. */
  readonly difference?: number | undefined;
  /** Segments to use instead, the same for every image: a label map [H, W], or masks [R, H, W], not 0 inside, which may overlap. */
  readonly regions?: Tensor | undefined;
}

/** Relevance [N, 1, H, W], signed. */
export function xrai({ n = 100, dilation = 5, difference = 50, regions }: XraiOptions = {}): Procedure {
  checkCount('xrai', 'n', n, 2);
  checkCount('xrai', 'dilation', dilation, 0);
  checkCount('xrai', 'difference', difference);
  return procedure({
    id: 'xrai',
    options: shown({ n, dilation, difference, regions }),
    parts: { attribution: attributionBy(n) },
    needsParts: true,
    run: async (_, image, context) => {
      if (!context.part) {
        throw new SaliencyError(
          'unsupported',
          'xrai needs gradients, which a model that only predicts does not have; take a method such as region-shapley for it',
        );
      }
      const { data } = await context.part('attribution');
      const segments = regions ? featuresOf({ regions }, image, context) : segmentsOf(image, dilation);
      const map = rank(Float64Array.from(data as Float32Array), segments, difference);
      context.progress?.(1, 1);
      return { relevance: { data: map, shape: [1, 1, ...image.shape.slice(2)], dtype: 'float64' } };
    },
  });
}

/** Integrated gradients from black and from white, their mean, and of its channels the largest: [N, 1, H, W]. */
const attributionBy = (n: number): Part => ({
  id: 'xrai',
  options: { n },
  build: (context) => {
    const { g, input } = context;
    const axes = input.shape.slice(1).map((_, at) => at + 1);
    const steps = {
      places: Array.from({ length: n }, (_, at) => at / (n - 1)),
      weights: new Array<number>(n).fill(1 / n),
    };
    const [black, white] = ['ReduceMin', 'ReduceMax'].map((op) =>
      pathIntegral(context, (each) => g.op(op, [each], { axes, keepdims: 1 }), steps),
    );
    const mean = g.mul(g.add(black!, white!), g.scalar(0.5));
    return g.op('ReduceMax', [mean], { axes: [1], keepdims: 1 });
  },
});

export const entry: MethodEntry = {
  id: 'xrai',
  title: 'XRAI',
  about: "regions that grow from superpixels by their integrated gradients: XRAI of PyPI's saliency",
  reference: 'Kapishnikov et al. 2019, doi 10.1109/ICCV.2019.00505',
  kind: 'procedure',
  layer: false,
  options: {
    n: { default: 100, above: 1, about: 'how many gradients from each of black and white' },
    dilation: { default: 5, about: 'how far segments reach over their edges, in pixels' },
    difference: { default: 50, above: 0, about: 'a segment that adds fewer pixels is left out' },
  },
  make: (options) => xrai(options as XraiOptions),
};
