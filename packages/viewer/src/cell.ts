/** One image under one method: the picture, the map's canvas over it, and the regions' outlines. */
import { type Item, isNumberMap, type Region, type SaliencyMap, scoreOf } from './data';
import { element, svg } from './dom';
import { formatScore } from './numbers';
import { outlineOf } from './outlines';
import type { PaintedMap, Painter } from './painter';
import type { Loaded } from './picture';
import { loadPicture } from './picture';

export interface Cell {
  readonly node: HTMLElement;
  readonly item: Item;
  readonly index: number;
  readonly method: string;
  /** Loads image and map, once; resolves when both are there, or it is known why not. */
  load(): Promise<void>;
  /** What export draws; undefined before it has loaded, and where it can't. */
  readonly content: { readonly picture: Loaded; readonly painted: PaintedMap } | undefined;
  /** The regions' elements, in the order of the item's regions. */
  readonly regions: readonly SVGGElement[];
  /** The frame's width and aspect in CSS pixels; whether one looks closer than the whole. */
  fit(width: number, aspect: number, closer: boolean): void;
  setVisible(visible: boolean): void;
  dispose(): void;
}

/** A map is interpolated to its image's size, but not beyond this many pixels a side. */
const FINEST = 1024;

export function createCell(
  { item, index, method }: { readonly item: Item; readonly index: number; readonly method: string },
  painter: Painter,
  picture: () => Promise<Loaded>,
): Cell {
  const layers = element('div', { class: 'layers' });
  const frame = element('div', { class: 'frame loading' }, layers);
  const map = item.maps[method];
  const node = element(
    'div',
    { class: 'cell', role: 'gridcell', tabindex: -1, 'aria-label': `${item.name}, ${method}` },
    frame,
    element('div', { class: 'method', 'aria-hidden': 'true' }, method),
  );

  let loading: Promise<void> | undefined;
  let content: Cell['content'];
  let fitted = { width: 0, aspect: 1, closer: false };
  let visible = false;
  let disposed = false;
  const regions: SVGGElement[] = [];

  const refit = () => {
    if (!content) return;
    const { width, height } = content.picture;
    const wide = width / height >= fitted.aspect;
    layers.style.width = wide ? '100%' : `${(100 * (width / height)) / fitted.aspect}%`;
    layers.style.height = wide ? `${(100 * fitted.aspect) / (width / height)}%` : '100%';
    layers.style.left = wide ? '0' : `${50 - (50 * (width / height)) / fitted.aspect}%`;
    layers.style.top = wide ? `${50 - (50 * fitted.aspect) / (width / height)}%` : '0';
    const across =
      (wide ? fitted.width : (fitted.width / fitted.aspect) * (width / height)) * devicePixelRatio;
    // Closer up the map's own pixels are wanted; seen whole, no more of them than the screen has.
    const size = {
      width: Math.max(1, Math.round(across)),
      height: Math.max(1, Math.round((across * height) / width)),
    };
    content.painted.show(visible ? (fitted.closer ? { width: 1e5, height: 1e5 } : size) : undefined);
  };

  const fail = (sentence: string) => {
    frame.classList.remove('loading');
    frame.classList.add('failed');
    frame.replaceChildren(element('p', {}, sentence));
    node.setAttribute('aria-label', `${item.name}, ${method}: ${sentence}`);
  };

  const load = async () => {
    if (!map) return fail(`There is no map of ${method} for this image.`);
    try {
      const loaded = await picture();
      const size = { width: loaded.width, height: loaded.height };
      const values = await valuesOf(map);
      if (disposed) return;
      const canvas = element('canvas', { class: 'map' });
      const painted = painter.add(canvas, values, atMost(size, FINEST));
      content = { picture: loaded, painted };
      const drawing = svg('svg', {
        class: 'regions',
        viewBox: `0 0 ${size.width} ${size.height}`,
        preserveAspectRatio: 'none',
      });
      item.regions?.forEach((region, order) => {
        const drawn = drawRegion(region, size, label(region, method, order, item.regions!.length));
        drawn.dataset.region = String(order);
        regions.push(drawn);
        drawing.append(drawn);
      });
      layers.replaceChildren(loaded.element(), canvas, ...(regions.length > 0 ? [drawing] : []));
      refit();
      await painted.ready;
      frame.classList.remove('loading');
    } catch (error) {
      fail((error as Error).message.replace(/^./, (first) => first.toUpperCase()).replace(/[^.]$/, '$&.'));
    }
  };

  return {
    node,
    item,
    index,
    method,
    regions,
    get content() {
      return content;
    },
    load() {
      loading ??= load();
      return loading;
    },
    fit(width, aspect, closer) {
      fitted = { width, aspect, closer };
      refit();
    },
    setVisible(now) {
      visible = now;
      refit();
    },
    dispose() {
      disposed = true;
      content?.painted.drop();
    },
  };
}

function label(region: Region, method: string, order: number, count: number): string {
  const score = scoreOf(region, method);
  const said = score === undefined ? '' : `, score ${formatScore(score)}`;
  return `${region.name}${said}, region ${order + 1} of ${count}`;
}

/** White over a dark edge, which is seen on any image; the first path is also what a pointer hits. */
function drawRegion(region: Region, size: { width: number; height: number }, title: string): SVGGElement {
  const { path, width, height } = outlineOf(region, size);
  const transform = `scale(${size.width / width} ${size.height / height})`;
  return svg(
    'g',
    { class: 'region', role: 'img', tabindex: -1, 'aria-label': title },
    svg('path', { class: 'edge', d: path, transform }),
    svg('path', { class: 'line', d: path, transform }),
  );
}

async function valuesOf(map: SaliencyMap) {
  const signed = map.signed ?? false;
  if (isNumberMap(map)) {
    const levels = map.data instanceof Uint8Array || map.data instanceof Uint8ClampedArray;
    return { data: map.data, width: map.width, height: map.height, signed, levels };
  }
  const options = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' } as const;
  try {
    const source =
      map.picture instanceof Blob ? map.picture : ((await loadPicture(map.picture)).source as ImageBitmap);
    return { bitmap: await createImageBitmap(source, options), signed };
  } catch (cause) {
    throw new Error('The map could not be loaded.', { cause });
  }
}

function atMost({ width, height }: { width: number; height: number }, side: number) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
