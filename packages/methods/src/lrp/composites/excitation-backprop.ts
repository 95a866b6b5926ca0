/** z⁺ for every linear layer; activations keep their gradient. Zennit: ExcitationBackprop. */
import { zPlus } from '../rules/z-plus';
import { combining } from './base';
import { byOperator, mixed } from './compose';

/** z⁺ in every linear layer. */
export function excitation() {
  return mixed(combining, byOperator({ linear: zPlus() }));
}
