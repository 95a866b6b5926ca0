/** Methods × regions at a glance: how large each difference between two groups is, and whether it holds; then every test. */
import type { Comparison, StudyResults } from '../../results';
import { comparisonAt, groupKey, type Pair, pairsOf } from '../groups';
import { heatCell, heatScale } from '../heat';
import { type Html, html, raw } from '../html';
import {
  effectSymbol,
  effectTitle,
  number,
  pIs,
  pValue,
  statisticSymbol,
  testTitle,
  twoDecimals,
} from '../words';

/** Effects beyond this have the full colour: Cohen (1988) calls 0.8 large, and few real ones reach 2. */
const FULL = 2;

export function significance(results: StudyResults): Html {
  const { tests } = results;
  const symbol = effectSymbol(tests.effect);
  const beside = results.comparisons.some((comparison) => besideOf(results, comparison));
  const able = results.comparisons.some(({ detectable }) => detectable);
  return html`<section>
<h2>Differences by method and region</h2>
<p class="measure soft">${effectTitle(tests.effect)} of each difference. A dot marks what is at most ${tests.alpha} after
correction.</p>
<div class="matrices">${pairsOf(results).map((pair) => matrix(results, pair, symbol))}</div>
<details><summary>Every test: intervals, p before and after correction</summary>
<p class="measure soft">Each cell: effect (${effectTitle(tests.effect)}) with its 95 % interval, the p-value and what is left
of it after correction${beside ? ', beside it by max-T' : ''}, the test that was used${able ? ', and the smallest effect that it finds with a power of 80 %' : ''}. Tinted cells are at most ${tests.alpha} after correction.</p>
${pairsOf(results).map((pair) => everyTest(results, pair, symbol))}
</details>
</section>`;
}

function matrix(results: StudyResults, pair: Pair, symbol: string): Html {
  const sizes = results.comparisons.flatMap(({ effect }) =>
    effect && Number.isFinite(effect.value) ? [Math.abs(effect.value)] : [],
  );
  const full = Math.min(
    FULL,
    sizes.reduce((most, size) => Math.max(most, size), 0.8),
  );
  const title = html`${groupKey(results, pair[0])} against ${groupKey(results, pair[1])}`;
  return html`<figure class="matrix"><figcaption>${title}</figcaption>
<div class="wide" tabindex="0"><table class="heat">
<thead><tr><th scope="col">Method</th>${results.regions.map((region) => html`<th scope="col">${region}</th>`)}</tr></thead>
<tbody>${results.methods.map(
    ({ label }) =>
      html`<tr><th scope="row">${label}</th>${results.regions.map((region) => {
        const comparison = comparisonAt(results, label, region, pair);
        const value = comparison?.effect?.value ?? null;
        return heatCell(value === null ? null : value / full, {
          text: value === null ? '–' : twoDecimals(value),
          title: `${label}, ${region}: ${inWords(comparison, symbol)}`,
          mark: comparison?.significant ? 'differs' : undefined,
        });
      })}</tr>`,
  )}</tbody>
</table></div>
${heatScale(`higher for ${pair[1]}`, `for ${pair[0]}`, `${symbol} ±${number(full, 2)}`)}</figure>`;
}

function inWords(comparison: Comparison | undefined, symbol: string): string {
  if (!comparison || comparison.p === null) return comparison?.missing ?? 'no scores';
  const { effect, p, corrected, test } = comparison;
  const size = effect
    ? `${symbol} = ${number(effect.value, 2)} [${number(effect.low, 2)}, ${number(effect.high, 2)}], `
    : '';
  return `${size}${pIs(p)}, corrected ${pIs(corrected!)}, ${testTitle(test)}`;
}

function everyTest(results: StudyResults, pair: Pair, symbol: string): Html {
  return html`<p class="measure soft">${groupKey(results, pair[0])} against ${groupKey(results, pair[1])} · positive ${symbol}: higher for ${pair[0]}</p>
<div class="wide" tabindex="0"><table class="tests">
<thead><tr><th scope="col">Method</th>${results.regions.map((region) => html`<th scope="col">${region}</th>`)}</tr></thead>
<tbody>${results.methods.map(
    ({ label }) =>
      html`<tr><th scope="row">${label}</th>${results.regions.map((region) =>
        testCell(results, comparisonAt(results, label, region, pair), symbol),
      )}</tr>`,
  )}</tbody>
</table></div>`;
}

/** Max-T where it is not the correction itself. */
const besideOf = ({ tests }: StudyResults, { maxT }: Comparison) =>
  tests.correction === 'max-t' ? undefined : maxT;

function testCell(results: StudyResults, comparison: Comparison | undefined, symbol: string): Html {
  if (!comparison || comparison.p === null || comparison.statistic === null) {
    return html`<td class="soft">${comparison?.missing ?? 'no scores'}</td>`;
  }
  const { effect, significant, p, corrected, test, statistic, detectable } = comparison;
  const beside = besideOf(results, comparison);
  const size = Math.min(1, Math.abs(effect?.value ?? 0) / 1.5);
  const tint = raw(
    `--tint: var(${(effect?.value ?? 0) >= 0 ? '--more' : '--less'}); --much: ${Math.round(8 + 22 * size)}%`,
  );
  return html`<td ${significant ? raw('class="clear"') : null} style="${tint}">
${
  effect
    ? html`<div class="effect">${symbol} = ${number(effect.value, 2)} <span class="interval">[${number(effect.low, 2)}, ${number(effect.high, 2)}]</span></div>`
    : null
}
<div>p ${pValue(p)} → <b>${pValue(corrected!)}</b></div>
${beside ? html`<div>max-T ${pValue(beside.corrected)}</div>` : null}
<div class="soft">${testTitle(test)}, ${statisticSymbol(test)} = ${number(statistic)}</div>
${detectable ? html`<div class="soft">80 % power from ${detectableSymbols[detectable.effect]} = ${number(detectable.value, 2)}</div>` : null}</td>`;
}

const detectableSymbols: Record<string, string> = {
  'cohens-d': 'd',
  'rank-biserial': 'r',
  'cohens-dz': 'dz',
};
