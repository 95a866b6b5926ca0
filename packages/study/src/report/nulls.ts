/** The report's comparison of regions with their shapes at random places. */
import type { StudyResults } from '../results';
import { type Html, html } from './html';
import { number } from './words';

export function nulls(results: StudyResults): Html {
  if (!results.nulls) return html``;
  const { field, draws, summaries } = results.nulls;
  const regions = results.regions.filter((region) => summaries.some((each) => each.region === region));
  const groups = results.groups.map(({ name }) => name);
  const where = field === 'image' ? 'in the image' : `in the region “${field}”`;
  const cell = (method: string, region: string, group: string) => {
    const found = summaries.find(
      (each) => each.method === method && each.region === region && each.group === group,
    );
    if (!found) return html`<td class="n soft">–</td>`;
    return html`<td class="n" title="${found.n} images">${number(found.z, 2)} · ${Math.round(100 * found.share)} %</td>`;
  };
  return html`<section><h2>More than the region’s shape gets elsewhere?</h2>
<p class="measure soft">Each region was compared with its shape shifted, turned and mirrored at random ${where}, ${draws} times an
image. Median z of the images, and the share of them in which p is at most ${results.tests.alpha} (one-sided, uncorrected). Regions
that have no other place to be are left out.</p>
<div class="wide" tabindex="0"><table class="plain"><thead><tr><th scope="col">Method</th><th scope="col">Group</th>${regions.map((region) => html`<th scope="col" class="n">${region}</th>`)}</tr></thead>
<tbody>${results.methods.flatMap(({ label }) =>
    groups.map(
      (group, index) =>
        html`<tr>${index === 0 ? html`<th scope="rowgroup" rowspan="${groups.length}">${label}</th>` : null}<td>${group}</td>${regions.map(
          (region) => cell(label, region, group),
        )}</tr>`,
    ),
  )}</tbody></table></div></section>`;
}
