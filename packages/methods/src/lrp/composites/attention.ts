/**
 * AttnLRP: LRP through attention, for transformers.
 *
 * Achtibat et al. 2024, arXiv 2402.05602. Products of two computed matrices, softmax and layer norms have rules of their
 * own; activations pass relevance on; for linear layers of vision transformers the paper takes the γ-rule.
 */
import type { LrpRule } from '../context';
import { bilinear, layerNorm, softmax } from '../rules/attention';
import { gamma } from '../rules/gamma';
import { isConvolution, layerwise } from './base';
import { byOperator, mixed } from './compose';

/**
 * The rules of AttnLRP for attention and norms.
 *
 * @param linear the rules of convolutions and of dense layers
 */
export function attention(linear: { convolution: LrpRule; dense: LrpRule } = paper()) {
  return mixed(
    byOperator({ Softmax: softmax, LayerNormalization: layerNorm(), bilinear: bilinear() }),
    layerwise((node) => (isConvolution(node) ? linear.convolution : linear.dense)),
  );
}

/** What the paper found best for vision transformers. */
const paper = () => ({ convolution: gamma(0.25), dense: gamma(0.05) });
