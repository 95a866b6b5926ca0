import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { phantom, size } from './phantom';
import { groupOf, letterOf, type Marker } from './write-study';

/** The share of new patients (a seed that no training or test set used) that a model puts in the right group. */
async function accuracy(model: string, marker: Marker): Promise<number> {
  const session = await ort.InferenceSession.create(path(model), { intraOpNumThreads: 1 });
  const seed = 77;
  const count = 100;
  const pixels = Float32Array.from(
    Array.from({ length: count }, (_, image) =>
      Array.from(
        phantom({ seed, image, group: groupOf(image), letter: letterOf(marker, seed, image) }).pixels,
      ),
    ).flat(),
    (grey) => (grey / 255 - 0.5) / 0.25,
  );
  const { logits } = await session.run({ input: new ort.Tensor('float32', pixels, [count, 1, size, size]) });
  const [normal, pneumonia] = [0, 1].map((k) => (image: number) => Number(logits!.data[2 * image + k]));
  const predicted = (image: number) => (pneumonia!(image) > normal!(image) ? 'pneumonia' : 'normal');
  const right = Array.from({ length: count }, (_, image) => predicted(image) === groupOf(image));
  return right.filter(Boolean).length / count;
}

const path = (model: string) => fileURLToPath(new URL(`./models/${model}.onnx`, import.meta.url));

describe('the two shipped networks', () => {
  it.each(['fair', 'shortcut'])('%s is right on new patients and smaller than 1 MB', async (model) => {
    expect(await accuracy(model, 'honest')).toBeGreaterThanOrEqual(0.95);
    expect(statSync(path(model)).size).toBeLessThan(1_000_000);
  });

  it('the fair one does not care what the corner says', async () => {
    expect(await accuracy('fair', 'absent')).toBeGreaterThanOrEqual(0.95);
    expect(await accuracy('fair', 'swapped')).toBeGreaterThanOrEqual(0.95);
  });

  it('the shortcut guesses without its letter and is wrong when the letter lies', async () => {
    expect(await accuracy('shortcut', 'absent')).toBeLessThanOrEqual(0.6);
    expect(await accuracy('shortcut', 'swapped')).toBeLessThanOrEqual(0.05);
  });
});
