/** The suites on onnxruntime-web's wasm in Chromium, with threads and without. */
import { describeConformance, describeGradients } from '@regional-saliency/conformance';
import { checksIn, type OpenPage, openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { site } from './site';

for (const isolated of [true, false]) {
  const title = `onnxruntime-web wasm in Chromium, ${isolated ? 'two threads' : 'one thread (the page is not isolated)'}`;
  describe.runIf(!withoutChromium)(withoutChromium ? `${title} (${withoutChromium})` : title, () => {
    let page: OpenPage;
    beforeAll(async () => {
      page = await openPage('page', { ...site, isolated });
    }, 60_000);
    afterAll(() => page?.close());

    describeConformance(title, () => checksIn(page, 'wasm'), { randomRuns: isolated ? 20 : 2 });
    if (isolated) {
      describeGradients(title, () => checksIn(page, 'wasm'), {
        unsupported: [{ cases: /^Cast .*float64/, reason: 'its build for browsers computes no doubles' }],
        runs: 5,
      });
    }

    it('has the threads that its title says', async () => {
      expect(await page.ask('threads')).toBe(isolated ? 2 : 1);
    });
    it('nothing was thrown outside of a test, and the policy stopped nothing', () => {
      expect(page.problems).toEqual([]);
    });
  });
}
