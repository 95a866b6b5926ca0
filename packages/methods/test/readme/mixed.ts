import {
  byName,
  byOperator,
  epsilonPlus,
  flat,
  gamma,
  lrp,
  mixed,
  specialFirst,
} from '@regional-saliency/methods';

/** Equal parts at the first layer, γ in the second stage, as EpsilonPlus otherwise. */
export const lrpMixed = lrp(
  'lrp-mixed',
  specialFirst(byOperator({ linear: flat() }), mixed(byName({ 'layer2.**': gamma(0.25) }), epsilonPlus())),
);
