import { describeGradients } from '@regional-saliency/conformance';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends, withoutArrays } from './backends';

for (const { name, title, here } of backends) {
  describe.runIf(here)(title, () => {
    describeGradients(title, () => tfjsBackend({ name }));
  });
}

const scattering = {
  cases: /^(Gather|GatherElements|ScatterElements) \{/,
  reason: 'it, or its gradient, scatters by a loop over arrays',
};
describeGradients('tfjs where tensors are not arrays, as on a GPU', () => withoutArrays, {
  unsupported: [scattering],
  runs: 10,
});
