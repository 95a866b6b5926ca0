/** The report's mean maps: a row for each method, a column for each group. */
import { base64 } from './base64';
import { type Html, html } from './html';
import type { ReportInput } from './report';

export function means({ means, results }: ReportInput): Html {
  if (!means) return html``;
  const [frame, outlined] =
    results.meanMaps === 'chest'
      ? ['brought to the frame of a mean chest by its lungs (affine)', 'lung']
      : ['left in the frame of its image', 'the region'];
  const paths = means.outlines.map((outline) => html`<path d="${outline}"/>`);
  const cell = (method: string, group: string) => {
    const { png, map } = means.maps.find((each) => each.method === method && each.group === group)!;
    const source = `data:image/png;base64,${base64(png)}`;
    return html`<td><div class="stack"><img src="${source}" width="${map.width}" height="${map.height}" alt="mean map of ${method}, ${group}">
<svg viewBox="0 0 ${map.width} ${map.height}" aria-hidden="true">${paths}</svg></div></td>`;
  };
  const groups = results.groups.map(({ name }) => name);
  const figures = results.methods.map(
    ({ label }) => html`<table class="means"><caption>${label}</caption>
<thead><tr>${groups.map((group) => html`<th scope="col">${group}</th>`)}</tr></thead>
<tbody><tr>${groups.map((group) => cell(label, group))}</tr></tbody></table>`,
  );
  return html`<section><h2>Mean maps</h2>
<p class="measure soft">Each map is divided by its mean absolute value, ${frame}, and averaged over its group. A method’s groups
share their colours. Lines are drawn around where at least half of all images have ${outlined}.</p>
<div class="mean-maps">${figures}</div></section>`;
}
