/**
 * What is shown, as a picture in a file: whole images whatever the zoom, at their own resolution, with names beneath.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { Cell } from './cell';
import type { Item } from './data';
import { svg } from './dom';
import { outlineOf } from './outlines';

export interface Sheet {
  /** By tile: the cells side by side. */
  readonly tiles: readonly (readonly Cell[])[];
  readonly columns: number;
  readonly across: number;
  readonly aspect: number;
  readonly outlines: boolean;
  readonly dark: boolean;
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly images: readonly (Placed & { readonly cell: Cell; readonly overlay: ImageData })[];
  readonly texts: readonly {
    readonly x: number;
    readonly y: number;
    readonly room: number;
    readonly text: string;
    readonly soft: boolean;
  }[];
  readonly font: number;
}

/** Browsers draw no canvas that is larger. */
const MOST_SIDE = 8192;
const MOST_PIXELS = 64e6;
/** Of an image on a sheet, so that its name can be read. */
const LEAST_SIDE = 192;
const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const ink = (dark: boolean) =>
  dark
    ? { paper: '#15181b', text: '#e7e9ec', soft: '#9aa4af' }
    : { paper: '#ffffff', text: '#1c1f23', soft: '#5c6570' };

/** @throws SaliencyError where nothing is shown, or an image's server forbids that it is read */
export async function toPng(sheet: Sheet): Promise<Blob> {
  const { width, height, images, texts, font } = await drawingOf(sheet);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  const { paper, text: strong, soft } = ink(sheet.dark);
  if (texts.length > 0) {
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
  }
  for (const { cell, overlay, ...box } of images) {
    context.drawImage(cell.content!.picture.source, box.x, box.y, box.width, box.height);
    context.drawImage(canvasOf(overlay), box.x, box.y, box.width, box.height);
    if (sheet.outlines) drawOutlines(context, cell.item, box);
  }
  for (const { x, y, room, text, soft: light } of texts) {
    context.font = `${font}px ${FAMILY}`;
    context.fillStyle = light ? soft : strong;
    context.fillText(shortened(context, text, room), x, y);
  }
  return await blobOf(canvas);
}

/** @throws SaliencyError as `toPng` does */
export async function toSvg(sheet: Sheet): Promise<Blob> {
  const { width, height, images, texts, font } = await drawingOf(sheet);
  const { paper, text: strong, soft } = ink(sheet.dark);
  const root = svg('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
  });
  if (texts.length > 0) root.append(svg('rect', { width, height, fill: paper }));
  for (const { cell, overlay, ...box } of images) {
    const { item, content, method } = cell;
    const { picture } = content!;
    const under = document.createElement('canvas');
    under.width = picture.width;
    under.height = picture.height;
    under.getContext('2d')!.drawImage(picture.source, 0, 0);
    const group = svg('g', {}, svg('title', {}, `${item.name}, ${method}`));
    for (const canvas of [under, canvasOf(overlay)]) {
      const href = await dataUrlOf(await blobOf(canvas));
      group.append(svg('image', { ...box, href, preserveAspectRatio: 'none' }));
    }
    for (const region of sheet.outlines ? (item.regions ?? []) : []) {
      const outline = outlineOf(region, picture);
      const transform = `translate(${box.x} ${box.y}) scale(${box.width / outline.width} ${box.height / outline.height})`;
      const lines = outlineStrokes(font).map(([stroke, size]) =>
        svg('path', {
          d: outline.path,
          transform,
          stroke,
          'stroke-width': size,
          fill: 'none',
          'vector-effect': 'non-scaling-stroke',
        }),
      );
      group.append(svg('g', {}, svg('title', {}, region.name), ...lines));
    }
    root.append(group);
  }
  const measure = document.createElement('canvas').getContext('2d')!;
  measure.font = `${font}px ${FAMILY}`;
  for (const { x, y, room, text, soft: light } of texts) {
    root.append(
      svg(
        'text',
        { x, y, fill: light ? soft : strong, 'font-size': font, 'font-family': FAMILY },
        shortened(measure, text, room),
      ),
    );
  }
  return new Blob([new XMLSerializer().serializeToString(root)], { type: 'image/svg+xml' });
}

async function drawingOf({ tiles, columns, across, aspect }: Sheet): Promise<Drawing> {
  await Promise.all(tiles.flat().map((cell) => cell.load()));
  const cells = tiles.flat().filter((cell) => cell.content);
  if (cells.length === 0)
    throw new SaliencyError(
      'bad-input',
      'nothing is shown yet that could be saved; wait until an image has loaded',
    );
  const single = tiles.length === 1 && tiles[0]!.length === 1;
  const several = tiles.some((tile) => tile.length > 1);
  const rows = Math.ceil(tiles.length / columns);
  const down = Math.ceil(Math.max(...tiles.map((tile) => tile.length)) / across);
  const natural = Math.max(single ? 1 : LEAST_SIDE, ...cells.map(({ content }) => content!.picture.width));
  // One image alone is as it is, pixel by pixel; several stand on a sheet with names.
  const within = (side: number) => {
    const font = single ? Math.max(8, side / 40) : Math.max(9, side / 14);
    const line = single ? 0 : font * 1.5;
    const gap = single ? 0 : Math.round(font * 1.2);
    const cell = { width: side, height: Math.round(side / aspect) };
    const tile = {
      width: across * cell.width + (across - 1) * (gap / 3),
      height: down * (cell.height + (several ? line : 0)) + (down - 1) * (gap / 3) + line,
    };
    const width = Math.ceil(columns * tile.width + (columns + (single ? -1 : 1)) * gap);
    const height = Math.ceil(rows * tile.height + (rows + (single ? -1 : 1)) * gap);
    return { font, line, gap, cell, tile, width, height };
  };
  let side = natural;
  let plan = within(side);
  while (Math.max(plan.width, plan.height) > MOST_SIDE || plan.width * plan.height > MOST_PIXELS) {
    side = Math.floor(side * 0.9);
    plan = within(side);
  }
  const { font, line, gap, cell, tile } = plan;
  const images: (Placed & { cell: Cell; overlay: ImageData })[] = [];
  const texts: Drawing['texts'][number][] = [];
  for (const [index, members] of tiles.entries()) {
    const left = gap + (index % columns) * (tile.width + gap);
    const top = gap + Math.floor(index / columns) * (tile.height + gap);
    for (const [place, member] of members.entries()) {
      const x = Math.round(left + (place % across) * (cell.width + gap / 3));
      const y = Math.round(top + Math.floor(place / across) * (cell.height + (several ? line : 0) + gap / 3));
      if (several)
        texts.push({
          x,
          y: y + cell.height + line * 0.75,
          room: cell.width,
          text: member.method,
          soft: true,
        });
      const overlay = await member.content?.painted.pixels();
      if (!member.content || !overlay) continue;
      images.push({ ...contained(member.content.picture, { x, y, ...cell }), cell: member, overlay });
    }
    if (!single && members[0]) {
      texts.push({
        x: Math.round(left),
        y: top + tile.height - line * 0.25,
        room: tile.width,
        text: members[0].item.name,
        soft: false,
      });
    }
  }
  return { width: plan.width, height: plan.height, images, texts, font };
}

function contained(picture: { width: number; height: number }, box: Placed): Placed {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  return {
    x: box.x + Math.round((box.width - width) / 2),
    y: box.y + Math.round((box.height - height) / 2),
    width,
    height,
  };
}

const outlineStrokes = (font: number) =>
  [
    ['rgba(0, 0, 0, 0.55)', font / 4],
    ['#ffffff', font / 9],
  ] as const;

function drawOutlines(context: CanvasRenderingContext2D, item: Item, box: Placed) {
  const font = Math.max(9, box.width / 14);
  for (const region of item.regions ?? []) {
    const { path, width, height } = outlineOf(region, box);
    const placed = new Path2D();
    placed.addPath(
      new Path2D(path),
      new DOMMatrix([box.width / width, 0, 0, box.height / height, box.x, box.y]),
    );
    for (const [stroke, size] of outlineStrokes(font)) {
      context.strokeStyle = stroke;
      context.lineWidth = size;
      context.stroke(placed);
    }
  }
}

function canvasOf(pixels: ImageData): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas;
}

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    try {
      canvas.toBlob((blob) =>
        blob
          ? resolve(blob)
          : reject(new SaliencyError('bad-input', 'the picture is too large to be saved; show fewer images')),
      );
    } catch (cause) {
      const sentence =
        'an image comes from a server that does not let pages read it; give the viewer a Blob of it instead';
      reject(new SaliencyError('bad-input', sentence, { cause }));
    }
  });
}

function dataUrlOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
