/** What a page takes from a CDN in one `import`, without a bundler: the usual set less studies, with all that it needs. */
export * from '@regional-saliency/core';
export * from '@regional-saliency/methods';
export * from '@regional-saliency/onnx';
export * from '@regional-saliency/onnxruntime';
export * as regions from '@regional-saliency/regions';
export * as stats from '@regional-saliency/stats';
