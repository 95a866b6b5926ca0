/** Pools, and the input gradient of max pooling, by direct definition. */
import { type Node, sizeOf, windowOf } from '@regional-saliency/core';
import { type Kernel, numberOf, single } from './kernel';
import { filled, type Values } from './values';
import { BEYOND, PADDING, placesOf, windowCounts } from './windows';

interface Windows {
  readonly shape: readonly number[];
  /** The place of each output element's window at each kernel offset, flat over the whole input. */
  readonly places: (at: number) => number[];
}

function windowsOver(x: Values, node: Node): Windows {
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  const window = windowOf(node.attributes);
  const out = windowCounts(spatial, window, node.attributes.ceil_mode === 1);
  const { at: table, kernelSize } = placesOf(spatial, window, out);
  const windows = sizeOf(out);
  const area = sizeOf(spatial);
  return {
    shape: [n, c, ...out],
    places: (at) => {
      const plane = Math.floor(at / windows) * area;
      const first = (at % windows) * kernelSize;
      return Array.from(table.subarray(first, first + kernelSize), (place) =>
        place < 0 ? place : plane + place,
      );
    },
  };
}

/** The flat position of the first maximum of each window; a NaN counts as the largest. */
function maxima(x: Values, node: Node): Values {
  const { shape, places } = windowsOver(x, node);
  return filled(shape, (at) => {
    const inside = places(at).filter((place) => place >= 0);
    return inside.reduce((best, place) => {
      const [value, largest] = [x.data[place]!, x.data[best]!];
      return value > largest || (Number.isNaN(value) && !Number.isNaN(largest)) ? place : best;
    });
  });
}

const MaxPool: Kernel = ([x], node) => {
  const indices = maxima(x!, node);
  return [filled(indices.shape, (at) => x!.data[indices.data[at]!]!), indices];
};

const MaxPoolGrad: Kernel = single(([x, r], node) => {
  const indices = maxima(x!, node);
  const data = new Float64Array(x!.data.length);
  for (const [at, place] of indices.data.entries()) data[place]! += r!.data[at]!;
  return { shape: x!.shape, data };
});

/** Padding counts only with `count_include_pad`; what hangs over the padding never does. */
const AveragePool: Kernel = single(([x], node) => {
  const { shape, places } = windowsOver(x!, node);
  const counted = numberOf(node, 'count_include_pad') === 1 ? PADDING : 0;
  return filled(shape, (at) => {
    const all = places(at).filter((place) => place !== BEYOND && place >= counted);
    return all.reduce((sum, place) => sum + (place < 0 ? 0 : x!.data[place]!), 0) / all.length;
  });
});

function overPlane(f: (plane: Float64Array) => number): Kernel {
  return single(([x]) => {
    const [n, c, ...spatial] = x!.shape as [number, number, ...number[]];
    const area = sizeOf(spatial);
    return filled([n, c, ...spatial.map(() => 1)], (at) => f(x!.data.subarray(at * area, (at + 1) * area)));
  });
}

export const pool: Record<string, Kernel> = {
  MaxPool,
  MaxPoolGrad,
  AveragePool,
  GlobalAveragePool: overPlane((plane) => plane.reduce((a, b) => a + b, 0) / plane.length),
  GlobalMaxPool: overPlane((plane) => plane.reduce((a, b) => Math.max(a, b))),
};
