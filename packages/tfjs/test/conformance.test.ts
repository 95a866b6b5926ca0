import { describeConformance } from '@regional-saliency/conformance';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends, withoutArrays, withoutSimd } from './backends';

for (const { name, title, here } of backends) {
  describe.runIf(here)(title, () => {
    describeConformance(title, () => tfjsBackend({ name }));
  });
}

describeConformance(withoutSimd.name, () => withoutSimd);

describeConformance('tfjs where tensors are not arrays, as on a GPU', () => withoutArrays, {
  unsupported: [
    { cases: /Indices/, reason: 'they are found by a loop over arrays' },
    { cases: /ScatterElements/, reason: 'it is a loop over arrays' },
  ],
});
