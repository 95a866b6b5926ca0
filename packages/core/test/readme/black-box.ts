import { createExplainer, fromFunction, tensor } from '@regional-saliency/core';
import { occlusion } from '@regional-saliency/methods';

const model = fromFunction(
  async (images, { signal }) => {
    signal.throwIfAborted();
    // Asks whoever knows, usually by `fetch`. Here: how bright the upper and the lower half of each 32 × 32 image is.
    const pixels = images.data as Float32Array;
    const halves = Array.from({ length: 2 * images.shape[0]! }, (_, half) =>
      pixels.subarray(half * 512, half * 512 + 512).reduce((sum, value) => sum + value),
    );
    return tensor(halves, [images.shape[0]!, 2]);
  },
  { batch: 32, concurrency: 4, onRetry: ({ error, left }) => console.warn(error.message, left) },
);

const explainer = await createExplainer(model, { method: occlusion({ window: 8, stride: 8 }), target: 1 });
const { relevance } = await explainer.explain(tensor(new Float32Array(1024).fill(0.5), [1, 1, 32, 32]));
console.log(relevance.data[0], relevance.data[1023]);
