/** Whether the methods agree with each other, as a matrix of rank correlations. */
import type { ScoreRow, StudyResults } from '../../results';
import { heatCell, heatScale } from '../heat';
import { type Html, html } from '../html';
import { rankAgreement } from '../rank-agreement';
import { twoDecimals } from '../words';

export function methodAgreement(results: StudyResults, scores: readonly ScoreRow[]): Html {
  if (results.methods.length < 2) return html``;
  const labels = results.methods.map(({ label }) => label);
  const { methods, correlations } = rankAgreement(scores, { methods: labels, regions: results.regions });
  return html`<section>
<h2>Do the methods agree?</h2>
<p class="measure soft">Whether two methods find the same images to have more relevance in a region: Spearman’s rank correlation ρ
of their scores over all images, the mean over regions. Methods that agree stand together (average-linkage clustering on
1 − ρ).</p>
<figure class="matrix"><div class="wide" tabindex="0"><table class="heat turned">
<thead><tr><td></td>${methods.map((label) => html`<th scope="col"><span>${label}</span></th>`)}</tr></thead>
<tbody>${methods.map(
    (a, row) =>
      html`<tr><th scope="row">${a}</th>${methods.map((b, column) => {
        const value = correlations[row]![column]!;
        if (row === column) return html`<td class="same">·</td>`;
        const said = value === null ? 'no scores to compare' : `ρ = ${twoDecimals(value)}`;
        return heatCell(value, {
          text: value === null ? '–' : twoDecimals(value),
          title: `${a} and ${b}: ${said}`,
        });
      })}</tr>`,
  )}</tbody>
</table></div>
${heatScale('opposite orders', 'the same order', 'ρ ±1')}</figure>
</section>`;
}
