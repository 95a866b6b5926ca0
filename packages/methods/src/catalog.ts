/** The index of methods. A new one is a file and a line here. */
import { type Method, nearest, type Procedure, SaliencyError } from '@regional-saliency/core';
import { entry as ablationCam } from './cam/ablation-cam';
import { entry as eigenCam } from './cam/eigen-cam';
import { entry as eigenGradCam } from './cam/eigen-grad-cam';
import { entry as gradCam } from './cam/grad-cam';
import { entry as gradCamPlusPlus } from './cam/grad-cam-plus-plus';
import { entry as guidedGradCam } from './cam/guided-grad-cam';
import { entry as hiResCam } from './cam/hires-cam';
import { entry as layerCam } from './cam/layer-cam';
import { entry as scoreCam } from './cam/score-cam';
import { entry as xGradCam } from './cam/x-grad-cam';
import { entry as deepLift } from './deeplift/deep-lift';
import { entry as deepLiftShap } from './deeplift/deep-lift-shap';
import { entry as layerDeepLift } from './deeplift/layer-deep-lift';
import { type MethodEntry, type MethodOptions, settle } from './entry';
import { entry as betaSmooth } from './gradient/beta-smooth';
import { entry as deconvNet } from './gradient/deconvnet';
import { entry as fullGrad } from './gradient/full-grad';
import { entry as gradient } from './gradient/gradient';
import { entry as gradientShap } from './gradient/gradient-shap';
import { entry as guidedBackprop } from './gradient/guided-backprop';
import { entry as inputXGradient } from './gradient/input-x-gradient';
import { entry as integratedGradients } from './gradient/integrated-gradients';
import { entry as smoothGrad } from './gradient/smooth-grad';
import { entry as conductance } from './layer/conductance';
import { entry as gradientXActivation } from './layer/gradient-x-activation';
import { entry as layerActivation } from './layer/layer-activation';
import { entry as layerIntegratedGradients } from './layer/layer-integrated-gradients';
import { entry as attnLrp } from './lrp/attn-lrp';
import { entry as crp } from './lrp/crp';
import { entry as lrpEpsilonAlpha2Beta1 } from './lrp/epsilon-alpha2-beta1';
import { entry as lrpEpsilonAlpha2Beta1Flat } from './lrp/epsilon-alpha2-beta1-flat';
import { entry as lrpEpsilonGammaBox } from './lrp/epsilon-gamma-box';
import { entry as lrpEpsilonPlus } from './lrp/epsilon-plus';
import { entry as lrpEpsilonPlusFlat } from './lrp/epsilon-plus-flat';
import { entry as excitationBackprop } from './lrp/excitation-backprop';
import { entry as featureAblation } from './perturbation/feature-ablation';
import { entry as kernelShap } from './perturbation/kernel-shap';
import { entry as lime } from './perturbation/lime';
import { entry as occlusion } from './perturbation/occlusion';
import { entry as regionShapley } from './perturbation/region-shapley';
import { entry as rise } from './perturbation/rise';
import { entry as shapleyValueSampling } from './perturbation/shapley-value-sampling';
import { entry as xrai } from './xrai/xrai';

/** Methods by family, in the order in which people see them. */
export const families: Readonly<Record<string, readonly MethodEntry[]>> = {
  Gradients: [
    gradient,
    inputXGradient,
    smoothGrad,
    integratedGradients,
    gradientShap,
    xrai,
    fullGrad,
    guidedBackprop,
    deconvNet,
    betaSmooth,
  ],
  'Class activation maps': [
    gradCam,
    gradCamPlusPlus,
    hiResCam,
    layerCam,
    xGradCam,
    eigenCam,
    eigenGradCam,
    guidedGradCam,
    scoreCam,
    ablationCam,
  ],
  'Layer-wise relevance propagation': [
    lrpEpsilonPlus,
    lrpEpsilonPlusFlat,
    lrpEpsilonAlpha2Beta1,
    lrpEpsilonAlpha2Beta1Flat,
    lrpEpsilonGammaBox,
    excitationBackprop,
    attnLrp,
    crp,
  ],
  DeepLIFT: [deepLift, layerDeepLift, deepLiftShap],
  Layers: [layerActivation, gradientXActivation, layerIntegratedGradients, conductance],
  Perturbation: [occlusion, featureAblation, regionShapley, shapleyValueSampling, kernelShap, lime, rise],
};

/** Every method by its id. */
export const methods: Readonly<Record<string, MethodEntry>> = Object.fromEntries(
  Object.values(families).flatMap((entries) => entries.map((entry) => [entry.id, entry])),
);

/**
 * A method by its id, as the command line names it.
 *
 * @throws SaliencyError `unknown-name` for an unknown method or option, `bad-input` for a value it can't have
 */
export function method(id: string, options: MethodOptions = {}): Method | Procedure {
  const entry = Object.hasOwn(methods, id) ? methods[id] : undefined;
  if (!entry) {
    const near = nearest(id, Object.keys(methods), 1)[0];
    const hint = near ? ` (did you mean "${near}"?)` : '';
    throw new SaliencyError(
      'unknown-name',
      `no method is called "${id}"${hint}; there are ${Object.keys(methods).join(', ')}`,
    );
  }
  return entry.make(settle(entry, options));
}
