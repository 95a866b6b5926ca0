import { describeNodeTests, type Outside, referenceBackend } from '@regional-saliency/conformance';
import { readOnnx } from '@regional-saliency/onnx';
import { describe } from 'vitest';
import { tfjsBackend } from '../src/index';
import { backends } from './backends';

const read = (model: Uint8Array) => readOnnx(model);
const outside: Outside[] = [
  {
    cases: /^mod_float_edge_cases_fmod_0_float(32|64)$/,
    reason: 'the rest of a division by infinity, which floats here make NaN',
    answered: true,
  },
];

describeNodeTests('the float64 reference', referenceBackend, { read });
for (const { name, title, here } of backends) {
  describe.runIf(here)(title, () => {
    describeNodeTests(title, () => tfjsBackend({ name }), { read, outside });
  });
}
