/** What the study of Sümer et al. 2023 compares: syndromes with unaffected faces, by region and method. */

export const unaffected = 'Unaffected';

/** 22q11.2 deletion, Angelman, Kabuki, Noonan and Williams syndrome. */
export const syndromes = ['22q11DS', 'Angelman', 'KS', 'NS', 'WS'] as const;
export type Syndrome = (typeof syndromes)[number];

export const regions = ['eye', 'nose', 'mouth'] as const;
export type FaceRegion = (typeof regions)[number];

export const methods = [
  'Gradient',
  'SmoothGrad',
  'IntegratedGradients',
  'GuidedBackprop',
  'ExcitationBackprop',
  'DeconvNet',
  'LRP-EpsilonPlus',
  'LRP-EpsilonPlusFlat',
  'LRP-EpsilonAlpha2Beta1',
  'LRP-EpsilonAlpha2Beta1Flat',
  'DeepLIFT',
  'GuidedGradCam',
  'LayerDeepLIFT',
  'LayerGradCam',
  'Occlusion',
] as const;
export type Method = (typeof methods)[number];
