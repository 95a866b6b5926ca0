/** The images with their maps, and what changes how they are seen. */
import { colourMaps, colourTable } from '../../overlay/colours';
import { base64 } from '../base64';
import { groupKey } from '../groups';
import { type Html, html, raw } from '../html';
import { placeLabels } from '../labels';
import type { Example, ReportInput } from '../report';
import { script } from '../script';
import { className } from '../words';

export function images({ results, examples: shown, signed }: ReportInput): Html {
  if (shown.length === 0) return html``;
  const choices = signed ? ['purple-orange'] : colourMaps.filter((name) => name !== 'purple-orange');
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
      html`<div><h3>${groupKey(results, name)}</h3><div class="examples">${shown.map((example, index) =>
        example.group === name ? figure(example, index, (index) => className(results, index)) : null,
      )}</div></div>`,
  )}</div>
<script type="application/json" id="maps">${json({ signed, maps })}</script>
<script type="application/json" id="colours">${json(tables)}</script>
<script>${raw(script)}</script>
</section>`;
}

/** JSON inside a script element: a name that contains </script> must not end it. */
const json = (value: unknown) => raw(JSON.stringify(value).replaceAll('<', '\\u003c'));

function figure(example: Example, index: number, name: (index: number) => string): Html {
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
