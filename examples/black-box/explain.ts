/** Explains an image by what an endpoint answers, and draws the maps beside each other. */
import { createExplainer, type Explanation, fromFunction, type Retry, tensor } from '@regional-saliency/core';
import { occlusion, rise } from '@regional-saliency/methods';
import { type BytePicture, drawOverlay } from '@regional-saliency/study';
import { isPassing, predictAt } from './predict';

export interface Told {
  progress?(done: number, total: number, method: string): void;
  onRetry?(retry: Retry): void;
  readonly signal?: AbortSignal;
}

/** @param picture a grey picture of 128 × 128 */
export async function explainAt(url: string, picture: BytePicture, told: Told = {}): Promise<Explanation> {
  const model = fromFunction(predictAt(url), {
    batch: 32,
    concurrency: 2,
    retries: 4,
    backoff: 50,
    timeout: 30_000,
    retryIf: isPassing,
    onRetry: told.onRetry,
  });
  const explainer = await createExplainer(model, {
    method: [occlusion({ window: 24, stride: 8 }), rise({ samples: 600 })],
  });
  // The network was trained on pixels of mean 0.5 and deviation 0.25.
  const pixels = Float32Array.from(picture.data, (grey) => (grey / 255 - 0.5) / 0.25);
  const images = tensor(pixels, [1, 1, picture.height, picture.width]);
  return explainer.explain(images, { progress: told.progress, signal: told.signal });
}

/** The picture, and behind it one overlay a map, from left to right. */
export function drawMaps(picture: BytePicture, { relevances }: Explanation): BytePicture {
  const overlays = Object.entries(relevances).map(([id, { data }]) => {
    const map = Float64Array.from(data as Float64Array);
    // A score that stays the same everywhere says nothing; RISE's maps have it added everywhere.
    const least = id === 'rise' ? map.reduce((a, b) => Math.min(a, b)) : 0;
    const field = { width: picture.width, height: picture.height, data: map.map((value) => value - least) };
    return drawOverlay(picture, field, { signed: id !== 'rise' });
  });
  return beside([drawOverlay(picture, blank(picture)), ...overlays]);
}

const blank = ({ width, height }: BytePicture) => ({ width, height, data: new Float64Array(width * height) });

/** RGB pictures of one size in a row. */
function beside(pictures: readonly BytePicture[]): BytePicture {
  const { width, height } = pictures[0]!;
  const row = 3 * width;
  const data = new Uint8Array(row * height * pictures.length);
  for (const [at, picture] of pictures.entries()) {
    for (let y = 0; y < height; y++) {
      data.set(picture.data.subarray(y * row, (y + 1) * row), (y * pictures.length + at) * row);
    }
  }
  return { width: width * pictures.length, height, channels: 3, data };
}
