/**
 * LRP-♭: relevance in equal parts to all that an output reads, for first layers where only the place is of interest.
 *
 * Lapuschkin et al. 2019, "Unmasking Clever Hans predictors", doi 10.1038/s41467-019-08987-4. Zennit: Flat (biases take no
 * part).
 */
import { basicRule, ones } from '../basic';
import type { LrpRule } from '../context';
import { stabilize } from '../stabilize';

/** Equal parts for all inputs. */
export function flat(epsilon = 1e-6): LrpRule {
  return basicRule({
    branches: () => [{ input: ones, weights: ones }],
    divide: ({ g }, r, [count]) => [g.div(r, stabilize(g, count!, epsilon, true))],
    reduce: (_g, _inputs, [share]) => share!,
  });
}
