import { describeGradients } from '@regional-saliency/conformance';
import * as ort from 'onnxruntime-node';
import { onnxruntimeBackend } from '../src/index';

const cpu = { executionProviders: ['cpu'], threads: 1 };
describeGradients('onnxruntime-node (cpu)', () => onnxruntimeBackend(ort, cpu));
describeGradients(
  'onnxruntime-node (cpu), portable forms',
  () => onnxruntimeBackend(ort, { ...cpu, portable: true }),
  {
    runs: 10,
  },
);
