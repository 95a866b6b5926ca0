/** Rows and columns of the parity table: methods with the options both sides get, and networks. */
import { type MethodOptions, methods } from '@regional-saliency/methods';

export interface Row {
  readonly method: string;
  /** `layer` stands for the layer that the peers' side looks at in each network (truths/network.py). */
  readonly options: MethodOptions;
  /** Whether relevance is conserved, so that sums are compared. */
  readonly sums: boolean;
  /** Programs that draw and procedures are run by themselves; the others of a family in one program. */
  readonly family: 'gradient' | 'cam' | 'layer' | 'lrp' | 'deeplift' | 'drawn' | 'perturbation';
  /** The most images it is run on: perturbation asks for a pass a variant. */
  readonly limit?: number;
}

/** `quick`: fewer steps and samples, which both sides take alike. */
export function rows(quick: boolean): Row[] {
  const n = quick ? 3 : 20;
  const samples = quick ? 24 : 100;
  const grid = quick ? '2x3' : '4x4';
  const layer = 'layer';
  const row = (family: Row['family'], method: string, options: MethodOptions = {}): Row => ({
    method,
    options,
    family,
    sums: family === 'lrp' && method !== 'crp',
    ...(family === 'perturbation' && { limit: 2 }),
  });
  return [
    row('gradient', 'gradient'),
    row('gradient', 'input-x-gradient'),
    row('drawn', 'smooth-grad', { n, noise: 0.1 }),
    row('gradient', 'integrated-gradients', { n }),
    row('drawn', 'gradient-shap', { n, deviation: 0.1 }),
    row('gradient', 'full-grad'),
    row('gradient', 'guided-backprop'),
    row('gradient', 'deconvnet'),
    row('gradient', 'beta-smooth'),
    ...[
      'grad-cam',
      'grad-cam-plus-plus',
      'hires-cam',
      'layer-cam',
      'x-grad-cam',
      'eigen-cam',
      'eigen-grad-cam',
      'guided-grad-cam',
    ].map((id) => row('cam', id, { layer })),
    row('lrp', 'lrp-epsilon-plus'),
    row('lrp', 'lrp-epsilon-plus-flat'),
    row('lrp', 'lrp-epsilon-alpha2-beta1'),
    row('lrp', 'lrp-epsilon-alpha2-beta1-flat'),
    row('lrp', 'lrp-epsilon-gamma-box'),
    row('lrp', 'excitation-backprop'),
    row('lrp', 'attn-lrp'),
    row('lrp', 'crp', { layer, channels: '1,3' }),
    row('deeplift', 'deep-lift'),
    row('deeplift', 'layer-deep-lift', { layer }),
    row('deeplift', 'deep-lift-shap', { baselines: '-1,1' }),
    row('layer', 'layer-activation', { layer }),
    row('layer', 'gradient-x-activation', { layer }),
    row('layer', 'layer-integrated-gradients', { layer, n }),
    row('layer', 'conductance', { layer, n }),
    row('perturbation', 'score-cam', { layer }),
    row('perturbation', 'ablation-cam', { layer }),
    row('perturbation', 'occlusion', quick ? { window: 24, stride: 20 } : { window: 56, stride: 42 }),
    row('perturbation', 'feature-ablation', { grid }),
    row('perturbation', 'region-shapley', { grid: '2x3', fill: 'mean' }),
    row('perturbation', 'shapley-value-sampling', { grid, samples: quick ? 3 : 10 }),
    row('perturbation', 'kernel-shap', { grid, samples }),
    row('perturbation', 'lime', { grid, samples }),
    row('perturbation', 'rise', { cells: 4, samples }),
  ];
}

const small = ['resnet18', 'mobilenet_v2', 'mobilenet_v3_large', 'efficientnet_b0'];
/** What differs from another row in a last step only. */
const kin = ['lrp-epsilon-plus-flat', 'lrp-epsilon-alpha2-beta1-flat', 'crp', 'deep-lift-shap'];
/** On X-rays of 224 x 224. */
const onXrays = [
  'gradient',
  'integrated-gradients',
  'guided-backprop',
  'grad-cam',
  'guided-grad-cam',
  'lrp-epsilon-plus',
  'lrp-epsilon-alpha2-beta1',
  'excitation-backprop',
  'deep-lift',
  'layer-deep-lift',
];

/** Whether --quick has a cell that nobody named. */
export function isQuick({ method, family }: Row, network: string): boolean {
  if (network === 'trained') return onXrays.includes(method);
  // A pass for each channel of the layer.
  if (method === 'score-cam' || method === 'ablation-cam') return network === 'resnet18';
  if (small.includes(network)) return true;
  return !kin.includes(method) && (family !== 'perturbation' || method === 'occlusion');
}

/** The paper's windows, on one network: many passes. */
export const fullOcclusion = (method: string, network: string) =>
  method === 'occlusion' && network === 'resnet18' ? { window: 15, stride: 8 } : undefined;

/** A method of the catalogue that the table does not have is a mistake here. */
export const missing = () =>
  Object.keys(methods).filter((id) => !rows(true).some(({ method }) => method === id));

/** torchvision's, by its names. */
export const architectures = [
  'resnet18',
  'resnet50',
  'vgg16_bn',
  'densenet121',
  'mobilenet_v2',
  'mobilenet_v3_large',
  'efficientnet_b0',
  'convnext_tiny',
  'vit_b_16',
  'swin_t',
];

export const networks = [...architectures, 'trained'];

/** Networks whose every program is also run by Python's onnxruntime with --quick. */
export const compiledWhenQuick = ['resnet18', 'mobilenet_v2'];
