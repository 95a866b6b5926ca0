export { type AblationCamOptions, ablationCam } from './cam/ablation-cam';
export { type CamMap, type CamOptions, cam } from './cam/cam';
export { eigenCam } from './cam/eigen-cam';
export { eigenGradCam } from './cam/eigen-grad-cam';
export { gradCam } from './cam/grad-cam';
export { gradCamPlusPlus } from './cam/grad-cam-plus-plus';
export { type GuidedGradCamOptions, guidedGradCam } from './cam/guided-grad-cam';
export { hiResCam } from './cam/hires-cam';
export { layerCam } from './cam/layer-cam';
export { scoreCam } from './cam/score-cam';
export { type Interpolation, interpolationMatrix, upsample } from './cam/upsample';
export { xGradCam } from './cam/x-grad-cam';
export { families, method, methods } from './catalog';
export { type DeepLiftOptions, deepLift } from './deeplift/deep-lift';
export { type DeepLiftShapOptions, deepLiftShap } from './deeplift/deep-lift-shap';
export { type LayerDeepLiftOptions, layerDeepLift } from './deeplift/layer-deep-lift';
export type { MethodEntry, MethodOptions, OptionEntry, OptionValue } from './entry';
export type { PathBaseline } from './gradient/baseline';
export { betaSmooth, smoothed } from './gradient/beta-smooth';
export { deconvNet, deconvolved } from './gradient/deconvnet';
export { fullGrad } from './gradient/full-grad';
export { gradient } from './gradient/gradient';
export { type GradientShapOptions, gradientShap } from './gradient/gradient-shap';
export { guided, guidedBackprop } from './gradient/guided-backprop';
export { inputXGradient } from './gradient/input-x-gradient';
export { type IntegratedGradientsOptions, integratedGradients } from './gradient/integrated-gradients';
export { isRectifier } from './gradient/rectifier';
export { type SmoothGradForm, type SmoothGradOptions, smoothGrad } from './gradient/smooth-grad';
export { type PathMethod, pathMethods, type Steps, stepsOf } from './gradient/steps';
export { type ConductanceOptions, conductance } from './layer/conductance';
export { gradientXActivation } from './layer/gradient-x-activation';
export { layerActivation } from './layer/layer-activation';
export {
  type LayerIntegratedGradientsOptions,
  layerIntegratedGradients,
} from './layer/layer-integrated-gradients';
export { type LayerMapOptions, layerMap } from './layer/layer-map';
export { absorbed } from './lrp/absorbed';
export { type AttnLrpOptions, attnLrp } from './lrp/attn-lrp';
export {
  type BasicRule,
  type Branch,
  basicRule,
  type Modify,
  negative,
  ones,
  positive,
  same,
  squared,
  timesInput,
  withoutBias,
} from './lrp/basic';
export { attention } from './lrp/composites/attention';
export { combining, isConvolution, layerwise } from './lrp/composites/base';
export { byName, byOperator, type Kind, kindOf, mixed, specialFirst } from './lrp/composites/compose';
export { epsilonAlpha2Beta1, epsilonAlpha2Beta1Flat } from './lrp/composites/epsilon-alpha2-beta1';
export { epsilonGammaBox } from './lrp/composites/epsilon-gamma-box';
export { epsilonPlus, epsilonPlusFlat } from './lrp/composites/epsilon-plus';
export { excitation } from './lrp/composites/excitation-backprop';
export { type Conditions, conditioned } from './lrp/conditioned';
export type { Composite, LrpContext, LrpRule, Position } from './lrp/context';
export { type CrpOptions, crp } from './lrp/crp';
export { lrpEpsilonAlpha2Beta1 } from './lrp/epsilon-alpha2-beta1';
export { lrpEpsilonAlpha2Beta1Flat } from './lrp/epsilon-alpha2-beta1-flat';
export { type GammaBoxOptions, lrpEpsilonGammaBox } from './lrp/epsilon-gamma-box';
export { lrpEpsilonPlus } from './lrp/epsilon-plus';
export { lrpEpsilonPlusFlat } from './lrp/epsilon-plus-flat';
export { excitationBackprop } from './lrp/excitation-backprop';
export { lrp } from './lrp/lrp';
export { type BiasOption, type LrpOptions, withBias } from './lrp/options';
export { alphaBeta } from './lrp/rules/alpha-beta';
export { bilinear, layerNorm, softmax } from './lrp/rules/attention';
export { epsilon } from './lrp/rules/epsilon';
export { flat } from './lrp/rules/flat';
export { gamma } from './lrp/rules/gamma';
export { gate, signalOf } from './lrp/rules/gate';
export { average, residual } from './lrp/rules/norm';
export { pass, passToComputed } from './lrp/rules/pass';
export { wSquare } from './lrp/rules/w-square';
export { type Bound, type Box, zBox } from './lrp/rules/z-box';
export { zPlus } from './lrp/rules/z-plus';
export { zero } from './lrp/rules/zero';
export { stabilize } from './lrp/stabilize';
export type { Coalition } from './perturbation/coalitions';
export { type FeatureAblationOptions, featureAblation } from './perturbation/feature-ablation';
export type { FeatureOptions } from './perturbation/features';
export type { Fill } from './perturbation/fill';
export { type KernelShapOptions, kernelShap } from './perturbation/kernel-shap';
export { type LimeOptions, lime } from './perturbation/lime';
export { type OcclusionOptions, occlusion } from './perturbation/occlusion';
export { type RegionShapleyOptions, regionShapley } from './perturbation/region-shapley';
export { type RiseOptions, rise } from './perturbation/rise';
export {
  type ShapleyValueSamplingOptions,
  shapleyValueSampling,
} from './perturbation/shapley-value-sampling';
export { randomized } from './randomized';
export { type XraiOptions, xrai } from './xrai/xrai';
