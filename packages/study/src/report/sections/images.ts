/** The images with their maps in a viewer: the first of each group, and any others that are asked for, ten at a time. */
import type { ScoreRow } from '../../results';
import { type Html, html, raw } from '../html';
import { RECEIVER } from '../pictures';
import type { ReportImage, ReportInput } from '../report';
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
  let page = 0;
  const option = ({ title }: Page) => html`<option value="${page++}">${title}</option>`;
  return html`<section class="images">
<h2>Images</h2>
<p class="measure soft">The images as the model saw them. Colour is the strength of the relevance, full at the map’s 99.5th
percentile; pixels weaker than the threshold’s percentile show the image alone. Open an image to see its regions’ scores.</p>
<div class="controls">
<label>Show <select data-control="page">${option(pages[0]!)}${groups.map(
    ({ name, pages }) => html`<optgroup label="${name}">${pages.map(option)}</optgroup>`,
  )}</select></label>
<span><button type="button" data-step="-1">Previous</button> <button type="button" data-step="1">Next</button></span>
<span role="status" data-said></span>
</div>
<saliency-viewer></saliency-viewer>
<figure class="on-paper"><img alt="The images that are shown, with their maps"><figcaption></figcaption></figure>
<script type="application/json" id="images">${json({
    signed,
    methods: results.methods.map(({ label }) => label),
    regions: results.regions,
    images: entries(input),
    pages: pages.map(({ images }) => images),
  })}</script>
${images.map(({ name, content }) =>
  typeof content === 'string'
    ? null
    : html`<script type="application/json" data-picture="${name}">${json(content)}</script>\n`,
)}<script>${code(input.viewer)}</script>
<script>${raw(script)}</script>
</section>`;
}

/** What the page knows of each image before its picture is there. */
function entries({ results, images, scores }: ReportInput) {
  const title = (index: number) => className(results, index);
  const scoresOf = scoresByImage(results, scores);
  return images.map(({ name, image, group, predicted, target, content }) => {
    const said = predicted === null ? '' : `predicted ${title(predicted)}`;
    const asked = target === null || target === predicted ? '' : `explained ${title(target)}`;
    return {
      name,
      image,
      detail: [group, said, asked].filter(Boolean).join(', '),
      scores: scoresOf(group, image),
      ...(typeof content === 'string' && { source: content }),
    };
  });
}

/** Of an image its scores [methods][regions], null where there are none, in the digits that are shown. */
function scoresByImage({ methods, regions }: ReportInput['results'], scores: readonly ScoreRow[]) {
  const found = new Map<string, (number | null)[][]>();
  const nameOf = (group: string, image: string) => JSON.stringify([group, image]);
  const places = new Map(methods.map(({ label }, index) => [label, index]));
  const columns = new Map(regions.map((region, index) => [region, index]));
  const empty = () => methods.map(() => regions.map(() => null as number | null));
  for (const { group, image, method, region, score } of scores) {
    const name = nameOf(group, image);
    const own = found.get(name) ?? empty();
    found.set(name, own);
    own[places.get(method)!]![columns.get(region)!] = score === null ? null : Number(score.toPrecision(4));
  }
  return (group: string, image: string) => found.get(nameOf(group, image)) ?? empty();
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

/** A script inside a script element: none of its texts may end it. */
const code = (text: string) => raw(text.replaceAll(/<(?=\/script|!--)/gi, '\\x3c'));

/**
 * Gets the pictures of the images that are asked for and hands them to the viewer. Plain JavaScript: the page needs nothing
 * from outside itself but the scripts of pictures that lie beside it.
 */
const script = `
'use strict';
(() => {
  const { images, pages, signed, methods, regions } = JSON.parse(document.getElementById('images').textContent);
  const viewer = document.querySelector('saliency-viewer');
  const choice = document.querySelector('[data-control="page"]');
  const said = document.querySelector('[data-said]');
  const [onPaper, caption] = document.querySelector('.on-paper').children;

  const awaited = new Map();
  window.${RECEIVER} = (name, picture) => awaited.get(name)?.(picture);

  /** A picture from the page itself, or by its script, which is taken out again: what was seen does not add up. */
  function pictureOf({ name, source }) {
    if (!source) return JSON.parse(document.querySelector('[data-picture="' + name + '"]').textContent);
    return new Promise((resolve, reject) => {
      awaited.set(name, resolve);
      const script = document.createElement('script');
      script.src = source;
      script.onerror = () => reject(new Error(source + ' is not beside this file'));
      for (const event of ['load', 'error']) script.addEventListener(event, () => script.remove());
      document.head.append(script);
    });
  }

  async function itemOf(at) {
    const { image, detail, scores } = images[at];
    const { width, height, picture, maps, regions: drawn } = await pictureOf(images[at]);
    const maplike = ([method, png]) => [method, { picture: 'data:image/png;base64,' + png, signed }];
    const scoresIn = (region) => methods.flatMap((method, row) => {
      const score = scores[row][regions.indexOf(region)];
      return score === null || score === undefined ? [] : [[method, score]];
    });
    return {
      name: image,
      detail,
      image: 'data:image/jpeg;base64,' + picture,
      maps: Object.fromEntries(Object.entries(maps).map(maplike)),
      regions: drawn.filter(({ outline }) => outline).map(({ name, outline }) => ({
        name, outline: { path: outline, width, height }, score: Object.fromEntries(scoresIn(name)),
      })),
    };
  }

  async function show() {
    const page = choice.value;
    try {
      const items = await Promise.all(pages[page].map(itemOf));
      if (page !== choice.value) return;
      viewer.items = items;
      said.textContent = '';
      keepForPaper();
    } catch (error) {
      said.textContent = error.message;
    }
  }
  // The viewer draws what is in sight; a printer wants all of it, at once and on white.
  let waiting;
  function keepForPaper() {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      viewer.style.setProperty('--scheme', 'light');
      const drawn = viewer.toPNG();
      viewer.style.removeProperty('--scheme');
      const sheet = await drawn.catch(() => undefined);
      if (!sheet) return onPaper.removeAttribute('src');
      URL.revokeObjectURL(onPaper.src);
      onPaper.src = URL.createObjectURL(sheet);
      caption.textContent = 'Maps of ' + viewer.methods.join(', ') + '; weaker than percentile ' + viewer.threshold + ' not shown';
    }, 300);
  }
  viewer.addEventListener('change', keepForPaper);
  choice.addEventListener('input', show);
  for (const button of document.querySelectorAll('[data-step]')) {
    button.addEventListener('click', () => {
      choice.value = (Number(choice.value) + Number(button.dataset.step) + pages.length) % pages.length;
      show();
    });
  }
  show();
})();
`;
