import { describeGradients } from '@regional-saliency/conformance';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends, withoutArrays } from './backends';

const windows = { cases: /"windows":"3-D"/, reason: 'windows are one- or two-dimensional here' };

for (const { name, title, here } of backends) {
  describe.runIf(here)(title, () => {
    describeGradients(title, () => tfjsBackend({ name }), { unsupported: [windows] });
  });
}

const scattering = {
  cases: /^(Gather|GatherElements|ScatterElements) \{/,
  reason: 'it, or its gradient, scatters by a loop over arrays',
};
describeGradients('tfjs where tensors are not arrays, as on a GPU', () => withoutArrays, {
  unsupported: [windows, scattering],
  runs: 10,
});
