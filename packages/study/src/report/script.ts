/**
 * What moves in the report, as the text of an inline script: it colours the embedded maps over their images.
 *
 * A map is an 8-bit PNG of levels (see overlay/levels.ts); each canvas shows the chosen method's map, coloured where its
 * strength reaches the chosen percentile. Plain JavaScript: the page needs nothing from outside itself.
 */
export const script = `
'use strict';
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const { maps, signed } = read('maps');
  const tables = Object.fromEntries(
    Object.entries(read('colours')).map(([name, text]) => [name, Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]),
  );
  const control = (name) => document.querySelector('[data-control="' + name + '"]');
  const [method, colours, threshold, opacity, outlines] =
    ['method', 'colours', 'threshold', 'opacity', 'outlines'].map(control);
  const canvases = [...document.querySelectorAll('canvas[data-example]')];
  const decoded = new Map();

  const strength = signed ? (level) => Math.abs(level - 128) : (level) => level;

  function levels(example, name) {
    const key = example + ' ' + name;
    if (!decoded.has(key)) {
      decoded.set(key, (async () => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + maps[example][name];
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
    return decoded.get(key);
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

  async function paint(canvas) {
    const name = method.value;
    const map = await levels(canvas.dataset.example, name);
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
    for (const canvas of canvases) canvas.style.opacity = Number(opacity.value) / 100;
    if (event && (event.target === opacity || event.target === outlines)) return;
    paintScale();
    for (const canvas of canvases) paint(canvas);
  }
  for (const input of [method, colours, threshold, opacity, outlines]) input.addEventListener('input', update);
  update();
})();
`;
