import { describeConformance } from '@regional-saliency/conformance';
import * as ort from 'onnxruntime-node';
import { describe } from 'vitest';
import { onnxruntimeBackend } from '../src/index';
import { withoutVulkan } from './vulkan';

const cpu = { executionProviders: ['cpu'], threads: 1 };
describeConformance('onnxruntime-node (cpu)', () => onnxruntimeBackend(ort, cpu));
describeConformance('onnxruntime-node (cpu), portable forms', () =>
  onnxruntimeBackend(ort, { ...cpu, portable: true }),
);

const missing = withoutVulkan();
describe.runIf(!missing)(`onnxruntime-node (webgpu)${missing ? ` needs a driver: ${missing}` : ''}`, () => {
  describeConformance(
    'onnxruntime-node (webgpu)',
    () => onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }),
    {
      randomRuns: 20,
      unsupported: [
        {
          cases: /^(ConvGrad 3-D, stride|AveragePool gradient 3-D)/,
          reason: 'its ConvTranspose has one or two dimensions',
        },
        { cases: /Indices/, reason: 'its MaxPool gives none' },
      ],
      coarse: [
        { cases: /^(Sin|Cos): /, bound: 2 ** -11, reason: 'WGSL promises its sin and cos to 2^-11 only' },
      ],
    },
  );
});
