/** How large the differences are: effects with their intervals, a figure for each method. */
import type { StudyResults } from '../../results';
import { comparisonAt, groupKey, type Pair, pairsOf } from '../groups';
import { type Html, html, raw } from '../html';
import { effectPlot } from '../plots/effects';
import { effectTitle } from '../words';

export function effects(results: StudyResults): Html {
  const symbol = effectTitle(results.tests.effect);
  const all = results.comparisons.flatMap(({ effect }) => (effect ? [effect.low, effect.high] : []));
  const finite = all.filter(Number.isFinite);
  if (finite.length === 0) return html``;
  const domain = [Math.min(0, ...finite), Math.max(0, ...finite)] as const;
  const figures = (pair: Pair) =>
    results.methods.map(({ label }) => {
      const rows = results.regions.flatMap((region) => {
        const comparison = comparisonAt(results, label, region, pair);
        if (!comparison?.effect) return [];
        return [{ label: region, ...comparison.effect, significant: comparison.significant }];
      });
      if (rows.length === 0) return null;
      const axis = `← higher for ${pair[1]}, for ${pair[0]} →`;
      return html`<figure><h3>${label}</h3>${raw(effectPlot(rows, domain, axis))}</figure>`;
    });
  return html`<section><h2>How large the differences are</h2>
<p class="measure soft">${symbol} with its 95 % interval. A filled dot holds after correction.</p>
${pairsOf(results).map(
  (pair) => html`<p class="pair">${groupKey(results, pair[0])} against ${groupKey(results, pair[1])}</p>
<div class="effects">${figures(pair)}</div>`,
)}</section>`;
}
