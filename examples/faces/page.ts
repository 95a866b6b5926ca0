/** The results as one HTML page that needs no other file: light, dark and paper. */
import { type Html, html, raw } from '../../packages/study/src/report/html';
import { style } from '../../packages/study/src/report/style';
import { matrix, rates, scatter } from './figures';
import { regions, syndromes } from './names';
import { type Operating, plantedIn } from './operating';
import { type Comparison, countSignificant } from './rq1';
import type { Follows, Without } from './rq2';
import { slippedCounts } from './slips';

export interface Results {
  readonly comparisons: readonly Comparison[];
  readonly follows: readonly (Follows | Without)[];
  /** Undefined for tables of one's own: then nothing is known to be planted. */
  readonly operating?: Operating | undefined;
}

const own = `
.figure text.held, .figure .held text { fill: var(--ink); }
.pad { margin-top: 18px; }
.choose { font-size: 15px; display: inline-flex; gap: 8px; align-items: center; margin: 6px 0 4px; }
.choose select { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; }
.scatters { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 22px 26px; }
.scatters figure { margin: 0; border-top: 1px solid var(--line); padding-top: 8px; }
.scatters figcaption { color: var(--ink); line-height: 1.4; }
.scatters .none { color: var(--soft); font-size: 14px; align-self: center; }
table.counts { width: auto; } table.counts td, table.counts th { text-align: right; } table.counts th:first-child { text-align: left; }
td.wrong { color: var(--less); font-weight: 700; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 20px 44px; align-items: start; }
.side h3 { margin-top: 14px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 2px; vertical-align: -1px; margin-right: 5px; }
@media (max-width: 640px) { .scatters { grid-template-columns: 1fr; } }
`;

const script = `
const choose = document.querySelector('[data-choose]');
const show = () => { for (const part of document.querySelectorAll('[data-method]')) part.hidden = part.dataset.method !== choose.value; };
choose.addEventListener('input', show); show();
`;

export function renderPage({ comparisons, follows, operating }: Results): string {
  const methods = [...new Set(comparisons.map(({ method }) => method))];
  const found = follows.filter((each): each is Follows => 'p' in each);
  const [ofRq1, ofRq2] = [comparisons, found].map(
    (rows) => rows.filter(({ significant }) => significant).length,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Faces: do regions tell syndromes apart?</title>
<style>${raw(style + own)}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">${operating ? 'Simulated scores with planted effects' : 'Regional saliency study'}</p>
<h1>Do regions of the face tell syndromes apart, and do they follow severity?</h1>
<p class="lead">The two questions of Sümer et al. 2023, asked of ${methods.length} attribution methods, ${syndromes.length} syndromes and
${regions.length} regions.${
    operating
      ? ' The photographs cannot be had: every score here is drawn at random, and what is true is known.'
      : ''
  }</p>
<dl class="facts">
<div><dt>RQ1, significant</dt><dd>${ofRq1} of ${comparisons.length} comparisons</dd></div>
<div><dt>RQ2, significant</dt><dd>${ofRq2} of ${found.length} correlations</dd></div>
${
  operating
    ? html`<div><dt>Planted and found</dt><dd>${plantedAndFound(comparisons, 'RQ1')} · ${plantedAndFound(found, 'RQ2')}</dd></div>
<div><dt>Found, not planted</dt><dd>RQ1 ${notPlanted(comparisons, 'RQ1')} · RQ2 ${notPlanted(found, 'RQ2')}</dd></div>`
    : null
}
</dl>
</header>
${rq1(comparisons, methods)}
${rq2(follows, methods)}
${operating ? operatingSection(operating) : null}
${slips(comparisons, operating)}
<script>${raw(script)}</script>
</main>
</body>
</html>
`.text;
}

type Row = {
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  readonly significant: boolean;
};

function plantedAndFound(rows: readonly Row[], question: 'RQ1' | 'RQ2'): string {
  const planted = rows.filter((row) => plantedIn(question, row) !== 0);
  return `${question} ${planted.filter(({ significant }) => significant).length} of ${planted.length}`;
}

function notPlanted(rows: readonly Row[], question: 'RQ1' | 'RQ2'): string {
  const empty = rows.filter((row) => plantedIn(question, row) === 0);
  return `${empty.filter(({ significant }) => significant).length} of ${empty.length}`;
}

const legend = (more: string, less: string) =>
  html`<span class="swatch" style="background: var(--more)"></span>${more} &nbsp; <span class="swatch" style="background: var(--less)"></span>${less}`;

function rq1(comparisons: readonly Comparison[], methods: readonly string[]): Html {
  const cells = comparisons.map(({ method, syndrome, region, d, p, corrected, test, significant, n }) => ({
    method,
    syndrome,
    region,
    value: d.value,
    significant,
    title: `${method}, ${syndrome} ${region}: d ${d.value.toFixed(2)} [${d.low.toFixed(2)}, ${d.high.toFixed(2)}], ${test}, p ${pText(p)}, corrected ${pText(corrected)}, ${n[0]} against ${n[1]} images`,
  }));
  return html`<section>
<h2>RQ1: syndrome against unaffected faces</h2>
<p class="measure soft">Cohen’s d by method, syndrome and region. Shapiro-Wilk and Levene choose t or Mann-Whitney U; tinted
cells are below 0.001 after Bonferroni over the method’s ${syndromes.length * regions.length} comparisons. ${legend('more in the syndrome', 'less')}</p>
<div class="wide">${raw(matrix(cells, methods, 1.2, 'Effect and significance by syndrome, region and method'))}</div>
</section>`;
}

function rq2(follows: readonly (Follows | Without)[], methods: readonly string[]): Html {
  const cells = follows.map((each) => {
    const { method, syndrome, region } = each;
    if (!('p' in each))
      return { method, syndrome, region, title: `${method}, ${syndrome} ${region}: ${each.missing}` };
    const title = `${method}, ${syndrome} ${region}: ${inWords(each)}, corrected p ${pText(each.corrected)}`;
    return { method, syndrome, region, value: each.r, significant: each.significant, title };
  });
  return html`<section>
<h2>RQ2: scores against the severity of phenotypes</h2>
<p class="measure soft">Spearman’s r of an image’s score, its mean over the five folds’ networks, and the severity of the same
region. Tinted cells are below 0.05 after Bonferroni over the method’s cells; – has no phenotypes. ${legend('more where severe', 'less')}</p>
<div class="wide">${raw(matrix(cells, methods, 0.9, 'Correlation and significance by syndrome, region and method'))}</div>
<label class="choose">Method <select data-choose>${methods.map(
    (method) => html`<option ${method === 'LRP-EpsilonPlus' ? raw('selected') : null}>${method}</option>`,
  )}</select></label>
${methods.map(
  (method) => html`<div data-method="${method}" ${method === 'LRP-EpsilonPlus' ? null : raw('hidden')}>
<div class="scatters pad">${follows.filter((each) => each.method === method).map(panel)}</div>
<details><summary>By fold</summary><div class="wide">${byFold(found(follows, method))}</div></details></div>`,
)}
</section>`;
}

const found = (follows: readonly (Follows | Without)[], method: string) =>
  follows.filter((each): each is Follows => each.method === method && 'p' in each);

function panel(each: Follows | Without): Html {
  const name = `${each.syndrome}, ${each.region}`;
  if (!('p' in each))
    return html`<figure><figcaption><b>${name}</b></figcaption><p class="none">${each.missing}</p></figure>`;
  return html`<figure>${raw(scatter(each.points, each.significant, `${name}: score by severity`))}<figcaption><b>${name}</b> ${
    each.significant ? html`<span class="badge">● follows</span>` : null
  }<br><span class="soft">${inWords(each)}</span></figcaption></figure>`;
}

const inWords = ({ r, low, high, p, power }: Follows) =>
  `r ${signed(r)} [${signed(low)}, ${signed(high)}], p ${pText(p)}, power ${power.toFixed(2)}`;

function byFold(rows: readonly Follows[]): Html {
  const names = rows[0]?.folds.map(({ fold }) => fold) ?? [];
  return html`<table class="plain"><thead><tr><th>Syndrome</th><th>Region</th>${names.map(
    (fold) => html`<th class="n">fold ${fold}</th>`,
  )}<th class="n">mean ± sd</th><th class="n">p</th><th class="n">corrected</th><th class="n">power</th></tr></thead><tbody>${rows.map(
    (row) => html`<tr><td>${row.syndrome}</td><td>${row.region}</td>${row.folds.map(
      (fold) =>
        html`<td class="n" title="[${signed(fold.low)}, ${signed(fold.high)}], p ${pText(fold.p)}, power ${fold.power.toFixed(2)}">${signed(fold.r)}</td>`,
    )}<td class="n">${signed(row.overFolds.mean)} ± ${row.overFolds.sd.toFixed(2)}</td><td class="n">${pText(row.p)}</td>
<td class="n">${pText(row.corrected)}</td><td class="n">${row.power.toFixed(2)}</td></tr>`,
  )}</tbody></table>`;
}

function operatingSection(operating: Operating): Html {
  const sensitivity = (question: 'RQ1' | 'RQ2') =>
    operating.cells
      .filter(
        (cell) => cell.question === question && cell.planted !== 0 && cell.method === operating.methods[1],
      )
      .map((cell) => ({ label: `${cell.syndrome} ${cell.region} (${signed(cell.planted)})`, ...cell.found }));
  const rows = (of: Operating['familyWise'], question: string) =>
    of.filter((each) => each.question === question).map(({ method, found }) => ({ label: method, ...found }));
  return html`<section>
<h2>Does it find what is there, and only that?</h2>
<p class="measure soft">${operating.studies.toLocaleString('en')} simulated studies. Above: the share in which a planted effect is found
(in brackets its size: standard deviations of the score’s logarithm, or the correlation before either side is coarsened), by ${operating.methods[1]}.
Below: the share in which a method finds anything where nothing is planted, against the level promised (dashed). 95 % intervals.</p>
<div class="side">
<div><h3>RQ1: planted differences found</h3>${raw(rates(sensitivity('RQ1'), [0, 1], undefined, 'share of studies'))}</div>
<div><h3>RQ2: planted trends found</h3>${raw(rates(sensitivity('RQ2'), [0, 1], undefined, 'share of studies'))}</div>
<div><h3>RQ1: any false positive</h3>${raw(rates(rows(operating.familyWise, 'RQ1'), [0, 0.01], 0.001, 'share of studies'))}</div>
<div><h3>RQ2: any false positive</h3>${raw(rates(rows(operating.familyWise, 'RQ2'), [0, 0.1], 0.05, 'share of studies'))}</div>
</div>
</section>`;
}

function slips(comparisons: readonly Comparison[], operating: Operating | undefined): Html {
  const counts = countSignificant(comparisons);
  const wrong = slippedCounts(counts);
  const table = (of: typeof counts, marked: boolean) =>
    html`<table class="plain counts"><thead><tr><th></th>${syndromes.map(
      (syndrome) => html`<th>${syndrome}</th>`,
    )}</tr></thead><tbody>${regions.map(
      (region) =>
        html`<tr><th>${region}</th>${syndromes.map((syndrome) => {
          const value = of[region]![syndrome]!;
          return html`<td ${marked && value !== counts[region]![syndrome] ? raw('class="wrong"') : null}>${value}</td>`;
        })}</tr>`,
    )}</tbody></table>`;
  return html`<section>
<h2>Two slips of the published code</h2>
<p class="measure"><code>KS += val2</code> counts Angelman’s results under Kabuki syndrome. The number of methods that find
each cell, as it is and as that line has it:</p>
<div class="side"><div><h3>Counted right</h3>${table(counts, false)}</div><div><h3>With the slip</h3>${table(wrong, true)}</div></div>
<p class="measure pad"><code>equal_var==1 &amp; group1_normal==1 &amp; group2_normal==1</code> is a chain of comparisons in Python, not three
of them joined. For zeros and ones it happens to say the same.${
    operating
      ? ` In ${operating.studies.toLocaleString('en')} studies it changed ${operating.choicesChanged.changed} of ${operating.choicesChanged.of.toLocaleString('en')} choices.`
      : ''
  }</p>
</section>`;
}

const signed = (value: number) => value.toFixed(2).replace('-', '−');

function pText(p: number): string {
  if (p >= 0.001) return p.toFixed(3);
  const [digits, exponent] = p.toExponential(0).split('e');
  return `${digits}e${exponent!.replace('-', '−')}`;
}
