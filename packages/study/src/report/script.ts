/**
 * What moves in the report's images, as the text of an inline script: it gets the pictures that are asked for and colours
 * their maps.
 *
 * A map is an 8-bit PNG of levels (see overlay/levels.ts); each canvas shows the chosen method's map, coloured where its
 * strength reaches the chosen percentile. Plain JavaScript: the page needs nothing from outside itself but the scripts of
 * pictures that lie beside it.
 */
import { RECEIVER } from './pictures';

export const script = `
'use strict';
(() => {
  const { images, pages, signed, colours: inBase64 } = JSON.parse(document.getElementById('images').textContent);
  const tables = Object.fromEntries(
    Object.entries(inBase64).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]),
  );
  const control = (name) => document.querySelector('[data-control="' + name + '"]');
  const [pageOf, method, colours, threshold, opacity, outlines] =
    ['page', 'method', 'colours', 'threshold', 'opacity', 'outlines'].map(control);
  const gallery = document.querySelector('[data-images]');
  const strength = signed ? (level) => Math.abs(level - 128) : (level) => level;

  const awaited = new Map();
  window.${RECEIVER} = (name, picture) => awaited.get(name)?.(picture);

  /** A picture from the page itself, or by its script, which is taken out again: pages of pictures don't add up. */
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

  const element = (name, attributes, ...children) => {
    const made = document.createElementNS(
      ['svg', 'path', 'text'].includes(name) ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  let shown = [];

  async function show() {
    const page = Number(pageOf.value);
    let found;
    try {
      found = await Promise.all(pages[page].map(async (at) => ({ ...images[at], ...(await pictureOf(images[at])) })));
    } catch (error) {
      gallery.replaceChildren(error.message);
      return;
    }
    if (page !== Number(pageOf.value)) return;
    shown = found.map((image) => ({ ...image, decoded: new Map(), canvas: element('canvas', {}) }));
    gallery.replaceChildren(...shown.map(({ image, group, detail, width, height, picture, regions, canvas }) =>
      element('figure', {},
        element('div', { class: 'stack' },
          element('img', { src: 'data:image/jpeg;base64,' + picture, width, height, alt: image }),
          canvas,
          element('svg', { viewBox: '0 0 ' + width + ' ' + height, 'aria-hidden': 'true' },
            ...regions.map(({ outline }) => element('path', { d: outline })),
            ...regions.filter(({ label }) => label).map(({ name, label }) =>
              element('text', { x: label.x, y: label.y, 'font-size': width / 22 }, name)))),
        element('figcaption', {},
          element('span', { class: 'key', style: '--c: var(--group-' + (group % 6) + ')' }, image),
          element('br', {}),
          detail))));
    update();
  }

  function levels({ decoded, maps }, name) {
    if (!decoded.has(name)) {
      decoded.set(name, (async () => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + maps[name];
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
        const data = new Uint8Array(pixels.length / 4);
        const counts = new Float64Array(256);
        for (let i = 0; i < data.length; i++) counts[strength(data[i] = pixels[4 * i])]++;
        return { width: canvas.width, height: canvas.height, data, counts };
      })());
    }
    return decoded.get(name);
  }

  /** The lowest strength that a pixel at or above the percentile has. */
  function cutOf({ counts, data }, percent) {
    let below = 0;
    for (let level = 0; level < 256; level++) {
      below += counts[level];
      if (below > (data.length * percent) / 100) return Math.max(1, level);
    }
    return 255;
  }

  async function paint(image) {
    const { canvas } = image;
    const name = method.value;
    const map = await levels(image, name);
    if (name !== method.value) return;
    const table = tables[colours.value];
    const cut = cutOf(map, Number(threshold.value));
    canvas.width = map.width;
    canvas.height = map.height;
    const context = canvas.getContext('2d');
    const out = context.createImageData(map.width, map.height);
    for (let i = 0; i < map.data.length; i++) {
      const level = map.data[i];
      if (strength(level) < cut) continue;
      for (let c = 0; c < 3; c++) out.data[4 * i + c] = table[3 * level + c];
      out.data[4 * i + 3] = 255;
    }
    context.putImageData(out, 0, 0);
  }

  function paintScale() {
    const canvas = document.querySelector('.scale canvas');
    const context = canvas.getContext('2d');
    canvas.width = 256;
    canvas.height = 1;
    const out = context.createImageData(256, 1);
    const table = tables[colours.value];
    for (let i = 0; i < 256; i++) out.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
    context.putImageData(out, 0, 0);
  }

  function update(event) {
    for (const input of [threshold, opacity]) input.nextElementSibling.value = input.value + ' %';
    document.body.classList.toggle('no-regions', !outlines.checked);
    for (const { canvas } of shown) canvas.style.opacity = Number(opacity.value) / 100;
    if (event && (event.target === opacity || event.target === outlines)) return;
    paintScale();
    for (const image of shown) paint(image);
  }
  for (const input of [method, colours, threshold, opacity, outlines]) input.addEventListener('input', update);
  pageOf.addEventListener('input', show);
  for (const button of document.querySelectorAll('[data-step]')) {
    button.addEventListener('click', () => {
      pageOf.value = (Number(pageOf.value) + Number(button.dataset.step) + pages.length) % pages.length;
      show();
    });
  }
  show();
})();
`;
