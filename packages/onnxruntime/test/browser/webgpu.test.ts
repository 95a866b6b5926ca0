/** The suites on onnxruntime-web's WebGPU provider, in Chromium. */
import { describeConformance } from '@regional-saliency/conformance';
import { checksIn, type OpenPage, openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webgpu } from '../webgpu';
import type { Losses } from './lose-gpu';
import { site } from './site';

const title = 'onnxruntime-web webgpu in Chromium';
describe.runIf(!withoutChromium)(withoutChromium ? `${title} (${withoutChromium})` : title, () => {
  let page: OpenPage;
  beforeAll(async () => {
    page = await openPage('page', site);
  }, 60_000);
  afterAll(() => page?.close());

  describeConformance(title, () => checksIn(page, 'webgpu'), { ...webgpu, randomRuns: 5 });

  it('a lost GPU is an error that names the cure, and the next session works', async () => {
    const { results, errors } = await page.ask<Losses>('loseGpu');
    expect(results).toEqual([1, 2, 3].map(() => [0, 2]));
    const lost = {
      code: 'backend',
      message: expect.stringMatching(/^onnxruntime \(webgpu\) lost the GPU.*dispose of all/),
    };
    expect(errors).toEqual([1, 2, 3, 4, 5, 6].map(() => lost));
  });

  it('nothing was thrown outside of a test, and the policy stopped nothing', () => {
    expect(page.problems).toEqual([]);
  });
});
