/** Scores by group as a table, and all tables as CSV files. */
import type { GroupSummary, StudyResults } from '../../results';
import { type Html, html } from '../html';
import { number } from '../words';

export interface TableFile {
  readonly name: string;
  /** Where it is: beside the report, or a `data:` URL of it. */
  readonly url: string;
  /** What a row of it is. */
  readonly about: string;
}

export function tables(results: StudyResults, files: readonly TableFile[]): Html {
  const columns: [string, (summary: GroupSummary) => number | null][] = [
    ['mean', (summary) => summary.mean],
    ['sd', (summary) => summary.sd],
    ['min', (summary) => summary.minimum],
    ['quartile', (summary) => summary.q1],
    ['median', (summary) => summary.median],
    ['quartile', (summary) => summary.q3],
    ['max', (summary) => summary.maximum],
  ];
  return html`<section><h2>Tables</h2>
<ul class="files">${files.map(
    ({ name, url, about }) => html`<li><a download="${name}" href="${url}">${name}</a> ${about}</li>`,
  )}</ul>
<details class="on-screen"><summary>Scores by group, ${results.summaries.length} rows</summary>
<div class="wide" tabindex="0"><table class="plain"><thead><tr><th scope="col">Method</th><th scope="col">Region</th><th scope="col">Group</th><th scope="col" class="n">images</th>
<th scope="col" class="n">missing</th>${columns.map(([name]) => html`<th scope="col" class="n">${name}</th>`)}</tr></thead>
<tbody>${results.summaries.map(
    (summary) => html`<tr><td>${summary.method}</td><td>${summary.region}</td><td>${summary.group}</td>
<td class="n">${summary.n}</td><td class="n">${summary.missing}</td>${columns.map(([, pick]) => {
      const value = pick(summary);
      return html`<td class="n">${value === null ? '–' : number(value)}</td>`;
    })}</tr>`,
  )}</tbody></table></div></details></section>`;
}
