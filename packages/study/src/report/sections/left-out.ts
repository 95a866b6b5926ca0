/** Images that could not be used, and why. */
import type { StudyResults } from '../../results';
import { type Html, html } from '../html';

export function leftOut(results: StudyResults): Html {
  if (results.leftOut.length === 0) return html``;
  return html`<section id="left-out"><h2>Left out</h2>
<div class="wide" tabindex="0"><table class="plain"><thead><tr><th scope="col">Image</th><th scope="col">Group</th><th scope="col">Why</th></tr></thead>
<tbody>${results.leftOut.map(
    ({ image, group, reason }) => html`<tr><td>${image}</td><td>${group}</td><td>${reason}</td></tr>`,
  )}</tbody></table></div></section>`;
}
