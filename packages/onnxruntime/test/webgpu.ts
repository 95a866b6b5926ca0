/** What onnxruntime's WebGPU provider leaves open, in Node as in a browser. */
import type { ConformanceOptions } from '@regional-saliency/conformance';

export const webgpu: ConformanceOptions = {
  unsupported: [
    {
      cases: /^(ConvGrad 3-D, stride|AveragePool gradient 3-D)/,
      reason: 'its ConvTranspose has one or two dimensions',
    },
    { cases: /Indices/, reason: 'its MaxPool gives none' },
  ],
  coarse: [{ cases: /^(Sin|Cos): /, bound: 2 ** -11, reason: 'WGSL promises its sin and cos to 2^-11 only' }],
};
