/**
 * report.html: what was asked, what was found, the figures behind it and how it was done, in one file that needs no other.
 */
import { parseObjective } from '../objective';
import { colourMaps, colourTable } from '../overlay/colours';
import type { Comparison, GroupSummary, ScoreRow, StudyResults } from '../results';
import { type Html, html, raw } from './html';
import { placeLabels } from './labels';
import { methodsText } from './methods-text';
import { distributionPlot, effectPlot } from './plots';
import { script } from './script';
import { style } from './style';
import {
  agreement,
  effectSymbol,
  effectTitle,
  findings,
  listed,
  number,
  pValue,
  statisticSymbol,
  testTitle,
} from './words';

/** An image that the page shows with its maps. */
export interface Example {
  readonly image: string;
  readonly group: string;
  /** Null where an objective has nothing to do with classes. */
  readonly target: number | null;
  readonly predicted: number | null;
  readonly width: number;
  readonly height: number;
  /** The bytes of a JPEG of the image as the model saw it. */
  readonly picture: Uint8Array;
  /** By the method's label: the bytes of an 8-bit grey PNG of the map's levels. */
  readonly maps: Readonly<Record<string, Uint8Array>>;
  readonly regions: readonly {
    readonly name: string;
    readonly outline: string;
    readonly label?: { readonly x: number; readonly y: number } | undefined;
  }[];
}

export interface ReportInput {
  readonly results: StudyResults;
  readonly scores: readonly ScoreRow[];
  readonly examples: readonly Example[];
  /** Whether the maps have a meaningful sign (128 is then no relevance). */
  readonly signed: boolean;
}

/** The whole page as text. */
export function renderReport(input: ReportInput): string {
  const { results } = input;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${results.title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${header(results)}
${table(results)}
${effects(results)}
${distributions(input)}
${examples(input)}
${leftOut(results)}
${details(results)}
${how(results)}
</main>
</body>
</html>
`.text;
}

const groupVariable = (results: StudyResults, group: string) =>
  raw(`--c: var(--group-${results.groups.findIndex(({ name }) => name === group) % 6})`);

const key = (results: StudyResults, group: string) =>
  html`<span class="key" style="${groupVariable(results, group)}">${group}</span>`;

/** What an output of the model is called. */
function className(results: StudyResults, index: number): string {
  return results.classes?.[index] ?? `class ${index}`;
}

/** With more methods than this, what each of them found is folded away behind what they agree on. */
const FEW_METHODS = 5;

/** What was found, by method; where there are many, by region. */
function found(results: StudyResults): Html {
  const sentences = findings(results);
  const byMethod = html`<ul class="found">${results.methods.map(
    ({ label }, index) => html`<li><b>${label}</b>${sentences[index]}</li>`,
  )}</ul>`;
  if (results.methods.length <= FEW_METHODS) return byMethod;
  return html`<ul class="found">${agreement(results).map(
    ({ region, sentence }) => html`<li><b>${region}</b>${sentence}</li>`,
  )}</ul>
<details><summary>What each of the ${results.methods.length} methods found</summary>${byMethod}</details>`;
}

function explainedOutput(results: StudyResults): string {
  if (results.objective) return parseObjective(results.objective).words((index) => className(results, index));
  return results.target === 'predicted' ? 'the predicted class' : className(results, results.target);
}

function header(results: StudyResults): Html {
  const names = results.groups.map(({ name }) => name);
  return html`<header>
<p class="eyebrow">Regional saliency study</p>
<h1>${results.title}</h1>
<p class="lead">Asked: does the model look at the same regions when the image is from ${listed(names)}, and is any difference
more than chance?</p>
${found(results)}
<dl class="facts">
<div><dt>Images</dt><dd>${results.groups.map(({ name, images }) => html`<span class="key count" style="${groupVariable(results, name)}">${name} ${images}</span>`)}</dd></div>
<div><dt>Model</dt><dd>${results.model.file}<br><code title="SHA-256 of the file">${results.model.sha256.slice(0, 12)}…</code></dd></div>
<div><dt>Explained output</dt><dd>${explainedOutput(results)}</dd></div>
<div><dt>Score</dt><dd>${results.aggregate} of the ${results.reduce} map in each of ${results.regions.length} regions</dd></div>
${
  results.leftOut.length > 0
    ? html`<div><dt>Left out</dt><dd><a href="#left-out">${results.leftOut.length} image${results.leftOut.length > 1 ? 's' : ''}</a></dd></div>`
    : null
}
</dl>
</header>`;
}

/** The pairs of groups that were compared, in order. */
function pairsOf(results: StudyResults): (readonly [string, string])[] {
  const pairs = new Map(results.comparisons.map(({ groups }) => [groups.join('\0'), groups]));
  return [...pairs.values()];
}

function comparisonAt(
  results: StudyResults,
  method: string,
  region: string,
  pair: readonly string[],
): Comparison | undefined {
  return results.comparisons.find(
    (comparison) =>
      comparison.method === method &&
      comparison.region === region &&
      comparison.groups[0] === pair[0] &&
      comparison.groups[1] === pair[1],
  );
}

function table(results: StudyResults): Html {
  const { tests } = results;
  const symbol = effectSymbol(tests.effect);
  return html`<section>
<h2>Differences by method and region</h2>
<p class="measure soft">Each cell: effect (${effectTitle(tests.effect)}) with its 95 % interval, the p-value and what is left
of it after correction, and the test that was used. Tinted cells are at most ${tests.alpha} after correction.</p>
${pairsOf(results).map(
  (pair) => html`
<p class="measure soft">${key(results, pair[0])} against ${key(results, pair[1])} · positive ${symbol}: higher for ${pair[0]}</p>
<div class="wide"><table class="matrix">
<thead><tr><th scope="col">Method</th>${results.regions.map((region) => html`<th scope="col">${region}</th>`)}</tr></thead>
<tbody>${results.methods.map(
    ({ label }) =>
      html`<tr><th scope="row">${label}</th>${results.regions.map((region) =>
        cell(comparisonAt(results, label, region, pair), symbol),
      )}</tr>`,
  )}</tbody>
</table></div>`,
)}
</section>`;
}

function cell(comparison: Comparison | undefined, symbol: string): Html {
  if (!comparison || comparison.p === null || comparison.statistic === null) {
    return html`<td class="soft">${comparison?.missing ?? 'no scores'}</td>`;
  }
  const { effect, significant, p, corrected, test, statistic } = comparison;
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
<div class="soft">${testTitle(test)}, ${statisticSymbol(test)} = ${number(statistic)}</div></td>`;
}

function effects(results: StudyResults): Html {
  const symbol = effectTitle(results.tests.effect);
  const all = results.comparisons.flatMap(({ effect }) => (effect ? [effect.low, effect.high] : []));
  const finite = all.filter(Number.isFinite);
  if (finite.length === 0) return html``;
  const domain = [Math.min(0, ...finite), Math.max(0, ...finite)] as const;
  const figures = pairsOf(results).flatMap((pair) =>
    results.methods.map(({ label }) => {
      const rows = results.regions.flatMap((region) => {
        const comparison = comparisonAt(results, label, region, pair);
        if (!comparison?.effect) return [];
        return [{ label: region, ...comparison.effect, significant: comparison.significant }];
      });
      if (rows.length === 0) return null;
      const axis = `← higher for ${pair[1]}, for ${pair[0]} →`;
      return html`<figure><h3>${label}</h3>${raw(effectPlot(rows, domain, axis))}</figure>`;
    }),
  );
  return html`<section><h2>How large the differences are</h2>
<p class="measure soft">${symbol} with its 95 % interval. A filled dot holds after correction.</p>
<div class="effects">${figures}</div></section>`;
}

function distributions({ results, scores }: ReportInput): Html {
  return html`<section>
<h2>Every image’s score</h2>
<p class="measure soft">A dot is an image; the box is its group’s quartiles with the median, whiskers reach 1.5
interquartile ranges. The regions of a method share their scale. ${results.groups.map(({ name }) => key(results, name))}</p>
${results.methods.map(({ label }) => {
  const own = scores.filter((row) => row.method === label && row.score !== null);
  if (own.length === 0) return html`<h3>${label}</h3><p class="soft">No scores.</p>`;
  const values = own.map((row) => row.score!);
  const domain = [
    values.reduce((least, value) => Math.min(least, value)),
    values.reduce((most, value) => Math.max(most, value)),
  ] as const;
  return html`<h3>${label}</h3><div class="plots">${results.regions.map((region) => {
    const groups = results.groups.map(({ name }) => ({
      group: name,
      scores: own.filter((row) => row.group === name && row.region === region).map((row) => row.score!),
    }));
    const plot = distributionPlot(
      groups,
      domain,
      `${label}, ${region}: scores of ${listed(results.groups.map(({ name }) => name))}`,
    );
    return html`<figure>${raw(plot)}<figcaption><b>${region}</b>${captions(results, label, region)}</figcaption></figure>`;
  })}</div>`;
})}
</section>`;
}

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

function examples({ results, examples: shown, signed }: ReportInput): Html {
  if (shown.length === 0) return html``;
  const choices = signed ? ['purple-orange'] : colourMaps.filter((name) => name !== 'purple-orange');
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const maps = shown.map((example) =>
    Object.fromEntries(Object.entries(example.maps).map(([name, png]) => [name, base64(png)])),
  );
  const tables = Object.fromEntries(
    choices.map((name) => [name, base64(colourTable(name as (typeof colourMaps)[number]))]),
  );
  const option = (name: string) => html`<option>${name}</option>`;
  return html`<section>
<h2>Examples</h2>
<p class="measure soft">The first images of each group, as the model saw them. Colour is the strength of the relevance, full
at the map’s 99.5th percentile; pixels weaker than the threshold’s percentile show the image alone.</p>
<div class="controls">
<label class="method">Method <select data-control="method">${results.methods.map(({ label }) => option(label))}</select></label>
<label>Threshold <input type="range" data-control="threshold" min="0" max="99" value="75"><output>75 %</output></label>
<label>Opacity <input type="range" data-control="opacity" min="0" max="100" value="60"><output>60 %</output></label>
<label>Colours <select data-control="colours">${choices.map(option)}</select></label>
<label><input type="checkbox" data-control="outlines" checked> Regions</label>
<span class="scale">${signed ? 'against' : 'none'} <canvas width="256" height="1"></canvas> ${signed ? 'for' : 'strong'}</span>
</div>
<div class="sides">${results.groups.map(
    ({ name }) =>
      html`<div><h3>${key(results, name)}</h3><div class="examples">${shown.map((example, index) =>
        example.group === name ? figure(example, index, (index) => className(results, index), base64) : null,
      )}</div></div>`,
  )}</div>
<script type="application/json" id="maps">${json({ signed, maps })}</script>
<script type="application/json" id="colours">${json(tables)}</script>
<script>${raw(script)}</script>
</section>`;
}

/** JSON inside a script element: a name that contains </script> must not end it. */
const json = (value: unknown) => raw(JSON.stringify(value).replaceAll('<', '\\u003c'));

function figure(
  example: Example,
  index: number,
  name: (index: number) => string,
  base64: (bytes: Uint8Array) => string,
): Html {
  const { width, height, image, predicted, target } = example;
  const size = width / 22;
  const labels = placeLabels(example.regions, { width, height, size });
  return html`<figure><div class="stack">
<img src="data:image/jpeg;base64,${base64(example.picture)}" width="${width}" height="${height}" alt="${image}">
<canvas data-example="${index}" width="${width}" height="${height}"></canvas>
<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${example.regions.map(
    ({ outline }) => html`<path d="${outline}"/>`,
  )}${labels.map(
    ({ name, x, y }) =>
      html`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size.toFixed(1)}">${name}</text>`,
  )}</svg>
</div><figcaption>${image}${predicted === null ? null : html`<br>predicted ${name(predicted)}`}${target === null || target === predicted ? null : `, explained ${name(target)}`}</figcaption></figure>`;
}

function leftOut(results: StudyResults): Html {
  if (results.leftOut.length === 0) return html``;
  return html`<section id="left-out"><h2>Left out</h2>
<div class="wide"><table class="plain"><thead><tr><th>Image</th><th>Group</th><th>Why</th></tr></thead>
<tbody>${results.leftOut.map(
    ({ image, group, reason }) => html`<tr><td>${image}</td><td>${group}</td><td>${reason}</td></tr>`,
  )}</tbody></table></div></section>`;
}

function details(results: StudyResults): Html {
  const columns: [string, (summary: GroupSummary) => number | null][] = [
    ['mean', (summary) => summary.mean],
    ['sd', (summary) => summary.sd],
    ['min', (summary) => summary.minimum],
    ['quartile', (summary) => summary.q1],
    ['median', (summary) => summary.median],
    ['quartile', (summary) => summary.q3],
    ['max', (summary) => summary.maximum],
  ];
  return html`<section><h2>Scores by group</h2><details><summary>Table of ${results.summaries.length} rows</summary>
<div class="wide"><table class="plain"><thead><tr><th>Method</th><th>Region</th><th>Group</th><th class="n">images</th>
<th class="n">missing</th>${columns.map(([name]) => html`<th class="n">${name}</th>`)}</tr></thead>
<tbody>${results.summaries.map(
    (summary) => html`<tr><td>${summary.method}</td><td>${summary.region}</td><td>${summary.group}</td>
<td class="n">${summary.n}</td><td class="n">${summary.missing}</td>${columns.map(([, pick]) => {
      const value = pick(summary);
      return html`<td class="n">${value === null ? '–' : number(value)}</td>`;
    })}</tr>`,
  )}</tbody></table></div></details></section>`;
}

function how(results: StudyResults): Html {
  return html`<section><h2>How this was done</h2><div class="measure">${methodsText(results).map(
    (paragraph) => html`<p>${paragraph}</p>`,
  )}</div>
<footer>${Object.entries(results.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(' · ')}<br>Model SHA-256 <code>${results.model.sha256}</code></footer></section>`;
}
