/** The packages whose declarations lean on TensorFlow.js's own, which do not pass without `skipLibCheck`. */
import { createExplainer, type Explainer } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';
import type { LayersModel } from '@tensorflow/tfjs-layers';

export const explainer = (model: LayersModel): Promise<Explainer> =>
  createExplainer(readLayersModel(model), { backend: tfjsBackend(), method: method('gradient') });
