/** The methods whose maps are compared: one of each kind that computes in its own way. */
import type { Method, Procedure } from '@regional-saliency/core';
import { gradCam, gradient, integratedGradients, lrpEpsilonPlus, occlusion } from '../../src/index';

export const explained = (): (Method | Procedure)[] => [
  gradient(),
  gradCam({ layer: 'layer3' }),
  lrpEpsilonPlus(),
  integratedGradients({ n: 8 }),
  occlusion({ window: 32, stride: 32 }),
];
