import { describeConformance } from '@regional-saliency/conformance';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends } from './backends';

for (const { name, title, here } of backends) {
  describe.runIf(here)(title, () => {
    describeConformance(title, () => tfjsBackend({ name }), {
      unsupported: [{ cases: /3-D/, reason: 'windows are one- or two-dimensional here' }],
    });
  });
}
