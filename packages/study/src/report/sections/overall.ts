/** All groups at once, where the test takes several: whether they differ at all, by how much, and which of them do. */
import type { OverallComparison, PostHocComparison, StudyResults } from '../../results';
import { freedomOf } from '../../study/comparison-table';
import { groupKey } from '../groups';
import { heatCell } from '../heat';
import { type Html, html } from '../html';
import { effectSymbol, number, pIs, pValue, statisticSymbol, testTitle, twoDecimals } from '../words';

/** The least share that has the full colour: Cohen (1988) calls 0.14 large. */
const LARGE = 0.14;

export function overall(results: StudyResults): Html {
  const { tests, overall: compared, groups } = results;
  if (!compared) return html``;
  const symbol = effectSymbol(tests.overallEffect ?? 'effect');
  const full = compared.reduce((most, { effect }) => Math.max(most, effect?.value ?? 0), LARGE);
  const at = (method: string, region: string) =>
    compared.find((each) => each.method === method && each.region === region);
  return html`<section>
<h2>All ${groups.length} groups at once</h2>
<p class="measure soft">${shares(tests.overallEffect)} (${symbol}), by ${testTitle(tests.rule)}. A dot marks what is at most
${tests.alpha} after correction.</p>
<figure class="matrix"><div class="wide" tabindex="0"><table class="heat">
<thead><tr><th scope="col">Method</th>${results.regions.map((region) => html`<th scope="col">${region}</th>`)}</tr></thead>
<tbody>${results.methods.map(
    ({ label }) =>
      html`<tr><th scope="row">${label}</th>${results.regions.map((region) => {
        const comparison = at(label, region);
        const value = comparison?.effect?.value ?? null;
        return heatCell(value === null ? null : Math.max(0, value) / full, {
          text: value === null ? '–' : twoDecimals(value),
          title: `${label}, ${region}: ${inWords(comparison, symbol)}`,
          mark: comparison?.significant ? 'differs' : undefined,
        });
      })}</tr>`,
  )}</tbody>
</table></div>
<p class="heat-scale"><span>0</span><i class="rising"></i><span>${symbol} ${number(full, 2)}</span></p></figure>
<details><summary>Every test of all groups, and which of them differ</summary>
<div class="wide" tabindex="0"><table class="plain">
<thead><tr><th scope="col">Method</th><th scope="col">Region</th><th scope="col">Test</th><th scope="col" class="n">p</th>
<th scope="col" class="n">corrected</th><th scope="col" class="n">${symbol}</th></tr></thead>
<tbody>${compared.map(testRow)}</tbody></table></div>
<p class="measure soft">Pairs of groups by ${testTitle(tests.postHoc ?? '')}: the difference of the ${differenceOf(tests.postHoc)}${
    compared.some(({ postHoc }) => postHoc?.some(({ low }) => low !== undefined))
      ? ' with its 95 % interval'
      : ''
  }, above 0 where the first group’s scores are larger. Their p holds for all pairs of a row’s region together.</p>
<div class="wide" tabindex="0"><table class="plain">
<thead><tr><th scope="col">Method</th><th scope="col">Region</th><th scope="col">Groups</th><th scope="col" class="n">difference</th>
<th scope="col" class="n">${statisticSymbol(tests.postHoc ?? '')}</th><th scope="col" class="n">p</th></tr></thead>
<tbody>${compared.map((each) => (each.postHoc ?? []).map((pair) => pairRow(results, each, pair)))}</tbody></table></div>
</details>
</section>`;
}

const shares = (effect: string | undefined) =>
  effect === 'epsilon-squared'
    ? 'How much of the spread of the scores’ ranks lies between the groups'
    : 'How much of the spread of the scores lies between the groups';

const differenceOf = (postHoc: string | undefined) => (postHoc === 'dunn' ? 'mean ranks' : 'means');

/** `F(2, 57) = 4.1`, `H(2) = 8.3`. */
function statisticOf({ test, statistic, details }: OverallComparison): string {
  const freedom = freedomOf(details).map((df) => (Number.isInteger(df) ? String(df) : number(df)));
  return `${statisticSymbol(test)}(${freedom.join(',\u00a0')})\u00a0=\u00a0${number(statistic!)}`;
}

function inWords(comparison: OverallComparison | undefined, symbol: string): string {
  if (!comparison || comparison.p === null) return comparison?.missing ?? 'no scores';
  const { effect, p, corrected } = comparison;
  const size = effect ? `${symbol} = ${number(effect.value, 2)}, ` : '';
  return `${size}${statisticOf(comparison)}, ${pIs(p)}, corrected ${pIs(corrected!)}`;
}

function testRow(comparison: OverallComparison): Html {
  const { method, region, test, p, corrected, effect, significant, missing } = comparison;
  const where = html`<td>${method}</td><td>${region}</td>`;
  if (p === null) return html`<tr>${where}<td class="soft" colspan="4">${missing ?? 'no scores'}</td></tr>`;
  const last = pValue(corrected!);
  return html`<tr>${where}<td>${testTitle(test)}, ${statisticOf(comparison)}</td><td class="n">${pValue(p)}</td>
<td class="n">${significant ? html`<b>${last}</b>` : last}</td><td class="n">${effect ? number(effect.value, 2) : '–'}</td></tr>`;
}

function pairRow(
  results: StudyResults,
  { method, region }: OverallComparison,
  { groups: [a, b], difference, statistic, p, low, high }: PostHocComparison,
): Html {
  const interval =
    low === undefined || high === undefined
      ? null
      : html` <span class="soft">[${number(low, 2)}, ${number(high, 2)}]</span>`;
  return html`<tr><td>${method}</td><td>${region}</td><td><span class="two">${groupKey(results, a)} ${groupKey(results, b)}</span></td>
<td class="n">${number(difference, 2)}${interval}</td><td class="n">${number(statistic)}</td><td class="n">${pValue(p)}</td></tr>`;
}
