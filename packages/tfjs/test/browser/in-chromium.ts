/** Declares the suites on one of tfjs's backends in a page of Chromium: a file each, so that they run side by side. */
import {
  type ConformanceOptions,
  describeConformance,
  describeGradients,
  type GradientOptions,
} from '@regional-saliency/conformance';
import { checksIn, type OpenPage, openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Losses } from './lose-gpu';
import type { Refusal } from './refuse-shader';
import { site } from './site';

/** What GPUs leave open. */
const gpu: ConformanceOptions = {
  unsupported: [
    { cases: /Indices/, reason: 'they are found by a loop over arrays' },
    { cases: /ScatterElements/, reason: 'it is a loop over arrays' },
  ],
  coarse: [
    {
      cases: /^(Sin|Cos): /,
      bound: 2 ** -11,
      reason: 'WGSL promises its sin and cos to 2^-11 only, and GLSL nothing',
    },
  ],
};

const gpuGradients: GradientOptions = {
  unsupported: [
    {
      cases: /^(Gather|GatherElements|ScatterElements) \{/,
      reason: 'it, or its gradient, scatters by a loop over arrays',
    },
  ],
  coarse: [{ cases: /^(Sin|Cos)$/, bound: 2 ** -11, reason: 'as above' }],
  runs: 2,
};

export function describeInChromium(name: 'wasm' | 'webgl' | 'webgpu'): void {
  const title = `tfjs ${name} in Chromium`;
  describe.runIf(!withoutChromium)(withoutChromium ? `${title} (${withoutChromium})` : title, () => {
    let page: OpenPage;
    beforeAll(async () => {
      page = await openPage('page', site);
    }, 60_000);
    afterAll(() => page?.close());

    const checks = () => checksIn(page, name);
    const isGpu = name !== 'wasm';
    // With tfjs's own setting the cases take nine times as long in software. Not so the random programs: with the other
    // one tfjs 4.22 gave wrong gradients of grouped convolutions once many shaders were there.
    const cases = name === 'webgl' ? () => checksIn(page, 'webglFewShaders') : checks;
    describeConformance(title, cases, { ...(isGpu && gpu), randomRuns: 10 });
    describeGradients(title, checks, isGpu ? gpuGradients : { runs: 10 });

    if (isGpu) {
      it('a lost GPU is an error that names the cure, and the next explainer works', async () => {
        const { relevance, errors } = await page.ask<Losses>('loseGpu', name);
        expect(relevance).toEqual([1, 2, 3].map(() => [1, 3]));
        expect(errors).toEqual(
          [1, 2, 3, 4].map(() => ({
            code: 'backend',
            message: expect.stringMatching(
              new RegExp(`^tfjs's ${name} backend lost the GPU.*: create the explainer again`),
            ),
          })),
        );
      });
    }

    it.runIf(name === 'webgpu')(
      'a shader that the browser refuses is an error and not a wrong result',
      async () => {
        expect(await page.ask<Refusal>('refuseShader')).toEqual({
          error: {
            code: 'backend',
            message: expect.stringMatching(/^the GPU refused what tfjs's webgpu backend asked of it: .*WGSL/),
          },
          next: [0, 2],
        });
      },
    );

    it('nothing was thrown outside of a test, and the policy stopped nothing but the look for threads', () => {
      const unexpected = page.problems.filter((problem) => !/^Creating a worker from 'blob:/.test(problem));
      expect(unexpected).toEqual([]);
    });
  });
}
