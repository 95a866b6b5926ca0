/** The usual set in one import; each package can also be installed and imported by itself. */
export * from '@regional-saliency/core';
export * from '@regional-saliency/methods';
export * from '@regional-saliency/onnx';
export * from '@regional-saliency/onnxruntime';
export * as regions from '@regional-saliency/regions';
export * as stats from '@regional-saliency/stats';
export * as study from '@regional-saliency/study';
