/** Every image's score: a figure for each method and region, with the groups side by side. */
import type { ScoreRow, StudyResults } from '../../results';
import { comparisonAt, groupKey, pairsOf } from '../groups';
import { type Html, html, raw } from '../html';
import { distributionPlot } from '../plots/distributions';
import { effectSymbol, listed, number, pValue } from '../words';

/** With more methods than this, the figures of all but the first are folded away. */
const FEW_METHODS = 5;

export function distributions(results: StudyResults, scores: readonly ScoreRow[]): Html {
  const folded = results.methods.length > FEW_METHODS;
  return html`<section>
<h2>Every image’s score</h2>
<p class="measure soft">A dot is an image. The box beside the dots is its group’s quartiles with the median, whiskers reach 1.5
interquartile ranges; the curve is the group’s density. The regions of a method share their scale.</p>
<p class="keys">${results.groups.map(({ name }) => groupKey(results, name))}</p>
${results.methods.map(({ label }, index) => {
  const figures = ofMethod(results, scores, label);
  if (!folded) return html`<h3>${label}</h3>${figures}`;
  return html`<details class="fold"${index === 0 ? raw(' open') : null}><summary>${label}</summary>${figures}</details>`;
})}
</section>`;
}

function ofMethod(results: StudyResults, scores: readonly ScoreRow[], method: string): Html {
  const own = scores.filter((row) => row.method === method && row.score !== null);
  if (own.length === 0) return html`<p class="soft">No scores.</p>`;
  const values = own.map((row) => row.score!);
  const domain = [
    values.reduce((least, value) => Math.min(least, value)),
    values.reduce((most, value) => Math.max(most, value)),
  ] as const;
  return html`<div class="plots" style="--columns: ${columnsOnPaper(results.regions.length)}">${results.regions.map(
    (region) => {
      const groups = results.groups.map(({ name }) => ({
        group: name,
        scores: own.filter((row) => row.group === name && row.region === region).map((row) => row.score!),
      }));
      const plot = distributionPlot(
        groups,
        domain,
        `${method}, ${region}: scores of ${listed(results.groups.map(({ name }) => name))}`,
      );
      return html`<figure>${raw(plot)}<figcaption><b>${region}</b>${captions(results, method, region)}</figcaption></figure>`;
    },
  )}</div>`;
}

/** As many figures side by side as leave no row short. */
const columnsOnPaper = (count: number) =>
  count < 3 ? Math.max(1, count) : ([4, 3, 5].find((columns) => count % columns === 0) ?? 4);

function captions(results: StudyResults, method: string, region: string): Html[] {
  const symbol = effectSymbol(results.tests.effect);
  const pairs = pairsOf(results);
  return pairs.map((pair) => {
    const comparison = comparisonAt(results, method, region, pair);
    const who = pairs.length > 1 ? `${pair[0]} – ${pair[1]}: ` : '';
    if (!comparison || comparison.corrected === null) {
      return html`<br><span class="soft">${who}${comparison?.missing ?? 'no scores'}</span>`;
    }
    const effect = comparison.effect ? `${symbol} = ${number(comparison.effect.value, 2)}, ` : '';
    return html`<br><span class="soft">${who}${effect}corrected p = ${pValue(comparison.corrected)}</span> ${
      comparison.significant ? html`<span class="badge">● differs</span>` : null
    }`;
  });
}
