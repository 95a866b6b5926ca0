/** The suites on onnxruntime-node's CUDA provider, where there is a GPU. */
import { describeConformance, describeGradients } from '@regional-saliency/conformance';
import * as ort from 'onnxruntime-node';
import { describe } from 'vitest';
import { onnxruntimeBackend } from '../src/index';
import { withoutCuda } from './cuda';

// cuDNN and cuBLAS would round what they multiply to 10 bits (TF32). Read when the first session is made.
process.env.NVIDIA_TF32_OVERRIDE = '0';

const missing = withoutCuda();
const title = 'onnxruntime-node (cuda)';
describe.runIf(!missing)(missing ? `${title} is left out: ${missing}` : title, () => {
  const backend = () => onnxruntimeBackend(ort, { executionProviders: ['cuda', 'cpu'] });
  describeConformance(title, backend, { randomRuns: 20 });
  describeGradients(title, backend, { runs: 5 });
});
