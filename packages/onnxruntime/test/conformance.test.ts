import { describeConformance } from '@regional-saliency/conformance';
import * as ort from 'onnxruntime-node';
import { describe } from 'vitest';
import { onnxruntimeBackend } from '../src/index';
import { withoutVulkan } from './vulkan';
import { webgpu } from './webgpu';

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
    { ...webgpu, randomRuns: 20 },
  );
});
