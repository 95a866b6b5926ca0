/** The images with their maps: the first of each group, and any others that are asked for, ten at a time. */
import { colourMaps, colourTable } from '../../overlay/colours';
import { base64 } from '../base64';
import { type Html, html, raw } from '../html';
import type { ReportImage, ReportInput } from '../report';
import { script } from '../script';
import { className } from '../words';

/** Images that are shown together. */
const TOGETHER = 10;

/** Images shown together: what they are called, and their places among all. */
interface Page {
  readonly title: string;
  readonly images: readonly number[];
}

export function images(input: ReportInput): Html {
  const { results, images, signed } = input;
  if (images.length === 0) return html``;
  const groups = results.groups.map(({ name }) => ({ name, pages: pagesOf(images, name) }));
  const pages = [firstOfEach(input), ...groups.flatMap(({ pages }) => pages)];
  const choices = signed ? ['purple-orange'] : colourMaps.filter((name) => name !== 'purple-orange');
  const tables = Object.fromEntries(
    choices.map((name) => [name, base64(colourTable(name as (typeof colourMaps)[number]))]),
  );
  const option = (name: string) => html`<option>${name}</option>`;
  let page = 0;
  const pageOption = ({ title }: Page) => html`<option value="${page++}">${title}</option>`;
  return html`<section>
<h2>Images</h2>
<p class="measure soft">The images as the model saw them. Colour is the strength of the relevance, full at the map’s 99.5th
percentile; pixels weaker than the threshold’s percentile show the image alone.</p>
<div class="controls">
<label>Show <select data-control="page">${pageOption(pages[0]!)}${groups.map(
    ({ name, pages }) => html`<optgroup label="${name}">${pages.map(pageOption)}</optgroup>`,
  )}</select></label>
<span><button type="button" data-step="-1">Previous</button> <button type="button" data-step="1">Next</button></span>
<label class="method">Method <select data-control="method">${results.methods.map(({ label }) => option(label))}</select></label>
<label>Threshold <input type="range" data-control="threshold" min="0" max="99" value="75"><output>75 %</output></label>
<label>Opacity <input type="range" data-control="opacity" min="0" max="100" value="60"><output>60 %</output></label>
<label>Colours <select data-control="colours">${choices.map(option)}</select></label>
<label><input type="checkbox" data-control="outlines" checked> Regions</label>
<span class="scale">${signed ? 'against' : 'none'} <canvas width="256" height="1"></canvas> ${signed ? 'for' : 'strong'}</span>
</div>
<div class="examples" data-images role="region" aria-live="polite" aria-label="Images"></div>
<script type="application/json" id="images">${json({
    signed,
    images: images.map((image) => entry(input, image)),
    pages: pages.map(({ images }) => images),
    colours: tables,
  })}</script>
${images.map(({ name, content }) =>
  typeof content === 'string'
    ? null
    : html`<script type="application/json" data-picture="${name}">${json(content)}</script>\n`,
)}<script>${raw(script)}</script>
</section>`;
}

/** What the page knows of an image before its picture is there. */
function entry({ results }: ReportInput, { name, image, group, predicted, target, content }: ReportImage) {
  const title = (index: number) => className(results, index);
  const said = predicted === null ? '' : `predicted ${title(predicted)}`;
  const asked = target === null || target === predicted ? '' : `explained ${title(target)}`;
  return {
    name,
    image,
    group: results.groups.findIndex((each) => each.name === group),
    detail: [group, said, asked].filter(Boolean).join(', '),
    ...(typeof content === 'string' && { source: content }),
  };
}

function firstOfEach({ results, images, shown }: ReportInput): Page {
  const first = results.groups.flatMap(({ name }) => placesOf(images, name).slice(0, shown));
  return { title: 'the first of each group', images: first };
}

function pagesOf(images: readonly ReportImage[], group: string): Page[] {
  const places = placesOf(images, group);
  return Array.from({ length: Math.ceil(places.length / TOGETHER) }, (_, index) => {
    const [start, end] = [index * TOGETHER, Math.min((index + 1) * TOGETHER, places.length)];
    return { title: `${group} ${start + 1}–${end} of ${places.length}`, images: places.slice(start, end) };
  });
}

const placesOf = (images: readonly ReportImage[], group: string) =>
  images.flatMap((image, index) => (image.group === group ? [index] : []));

/** JSON inside a script element: a name that contains </script> must not end it. */
const json = (value: unknown) => raw(JSON.stringify(value).replaceAll('<', '\\u003c'));
