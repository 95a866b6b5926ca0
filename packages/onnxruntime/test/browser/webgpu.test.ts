/** The suites on onnxruntime-web's WebGPU provider, in Chromium. */
import { describeConformance } from '@regional-saliency/conformance';
import { checksIn, type OpenPage, openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webgpu } from '../webgpu';
import { site } from './site';

const title = 'onnxruntime-web webgpu in Chromium';
describe.runIf(!withoutChromium)(withoutChromium ? `${title} (${withoutChromium})` : title, () => {
  let page: OpenPage;
  beforeAll(async () => {
    page = await openPage('page', site);
  }, 60_000);
  afterAll(() => page?.close());

  describeConformance(title, () => checksIn(page, 'webgpu'), { ...webgpu, randomRuns: 5 });

  it('nothing was thrown outside of a test, and the policy stopped nothing', () => {
    expect(page.problems).toEqual([]);
  });
});
