/**
 * The drawing board: rectangles and polygons over an image, by pointer or by keys. Points are fractions of width and height.
 */
import { find } from './page';
import type { RegionEntry, StudyImage } from './study';

type Point = readonly [x: number, y: number];
type Tool = 'box' | 'polygon';

export interface Outline {
  readonly name: string;
  /** SVG path in pixels of a square mask of this side. */
  readonly path: string;
  readonly side: number;
}

export interface Board {
  show(image: StudyImage | undefined): Promise<void>;
  outline(regions: readonly Outline[]): void;
}

/** The overlay's units. */
const UNITS = 1000;
/** The longest side of the picture behind it, in pixels. */
const SIDE = 640;
/** Two points nearer than this are one; a rectangle needs sides longer than this. */
const NEAR = 0.015;

const help: Record<Tool, string> = {
  box: 'Drag from corner to corner. By keys: arrows move the cross (Shift: further), Space sets a corner, Escape starts anew.',
  polygon:
    'Click corner after corner, and the first one again to close. By keys: arrows move the cross (Shift: further), Space sets a corner, Enter closes, Escape starts anew.',
};

export function drawingBoard(panel: HTMLElement, drawn: (entry: RegionEntry) => void): Board {
  const board = find(panel, '.board');
  const canvas = find<HTMLCanvasElement>(panel, '.board canvas');
  const overlay = panel.querySelector<SVGSVGElement>('.board svg')!;
  const said = find(panel, '#board-help');
  let tool: Tool = 'box';
  let points: Point[] = [];
  let cursor: Point | undefined;
  let dragging = false;
  let count = 0;
  let asked = 0;
  let outlines: readonly Outline[] = [];

  function draw(): void {
    const made: SVGElement[] = outlines.flatMap(({ name, path, side }) => {
      const own = shape('path', { d: path, transform: `scale(${UNITS / side})`, class: 'region' });
      own.append(shape('title', {}, name));
      return [own];
    });
    const scaled = (point: Point) => point.map((value) => value * UNITS).join(',');
    const open = cursor ? [...points, cursor] : points;
    if (points.length > 0 && tool === 'box') {
      const [left, top, right, bottom] = boxOf(open).map((value) => value * UNITS) as [
        number,
        number,
        number,
        number,
      ];
      made.push(
        shape('rect', { x: left, y: top, width: right - left, height: bottom - top, class: 'drawn' }),
      );
    } else if (points.length > 0) {
      made.push(shape('polyline', { points: open.map(scaled).join(' '), class: 'drawn' }));
      for (const [x, y] of points)
        made.push(shape('circle', { cx: x * UNITS, cy: y * UNITS, r: 8, class: 'corner' }));
    }
    if (cursor && !dragging) {
      const [x, y] = cursor.map((value) => value * UNITS) as [number, number];
      made.push(shape('path', { d: `M${x - 25} ${y}h50M${x} ${y - 25}v50`, class: 'cross' }));
    }
    overlay.replaceChildren(...made);
  }

  function finish(): void {
    const rounded = points.map((point) => point.map((value) => Number(value.toFixed(4))) as unknown as Point);
    points = [];
    dragging = false;
    const name = `region ${++count}`;
    if (tool === 'box' && rounded.length === 2) {
      const [left, top, right, bottom] = boxOf(rounded);
      if (right - left > NEAR && bottom - top > NEAR)
        drawn({ type: 'box', name, box: [left, top, right, bottom] });
      else count--;
    } else if (tool === 'polygon' && rounded.length > 2) {
      drawn({ type: 'polygons', polygons: { [name]: rounded } });
    } else count--;
    draw();
  }

  const add = (point: Point) => {
    const [first] = points;
    if (tool === 'polygon' && points.length > 2 && first && near(first, point)) return finish();
    points.push(point);
    if (tool === 'box' && points.length === 2) finish();
    else draw();
  };
  const at = (event: PointerEvent): Point => {
    const { left, top, width, height } = board.getBoundingClientRect();
    return [clamp((event.clientX - left) / width), clamp((event.clientY - top) / height)];
  };

  board.addEventListener('pointerdown', (event) => {
    if (board.classList.contains('blank') || event.button !== 0) return;
    cursor = undefined;
    if (tool === 'polygon') return add(at(event));
    board.setPointerCapture(event.pointerId);
    points = [at(event)];
    dragging = true;
  });
  board.addEventListener('pointermove', (event) => {
    if (!dragging && (tool === 'box' || points.length === 0)) return;
    cursor = at(event);
    draw();
  });
  board.addEventListener('pointerup', (event) => {
    if (!dragging) return;
    cursor = undefined;
    points = [points[0]!, at(event)];
    finish();
  });
  board.addEventListener('keydown', (event) => {
    if (board.classList.contains('blank')) return;
    const step = event.shiftKey ? 0.05 : 0.01;
    const steps: Record<string, Point> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const way = steps[event.key];
    if (way) {
      const [x, y] = cursor ?? [0.5, 0.5];
      cursor = [clamp(x + way[0]), clamp(y + way[1])];
    } else if (event.key === ' ') {
      cursor ??= [0.5, 0.5];
      add(cursor);
    } else if (event.key === 'Enter' && tool === 'polygon') finish();
    else if (event.key === 'Escape') points = [];
    else return;
    event.preventDefault();
    draw();
  });
  board.addEventListener('blur', () => {
    if (dragging) return;
    cursor = undefined;
    draw();
  });

  const choose = (wanted: Tool) => {
    tool = wanted;
    points = [];
    said.textContent = help[tool];
    for (const button of panel.querySelectorAll<HTMLElement>('[data-tool]')) {
      button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
    }
    draw();
  };
  for (const button of panel.querySelectorAll<HTMLElement>('[data-tool]')) {
    button.addEventListener('click', () => choose(button.dataset.tool as Tool));
  }
  choose('box');
  board.classList.add('blank');
  board.tabIndex = 0;

  return {
    async show(image) {
      const own = ++asked;
      const bitmap = image && (await createImageBitmap(image.file).catch(() => undefined));
      if (own !== asked) return bitmap?.close();
      board.classList.toggle('blank', !bitmap);
      if (!bitmap) {
        canvas.width = canvas.height = 0;
        said.textContent = 'Images appear here as soon as there are any; then regions can be drawn.';
        return;
      }
      said.textContent = help[tool];
      const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
    },
    outline(regions) {
      outlines = regions;
      draw();
    },
  };
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
const near = ([x, y]: Point, [u, v]: Point) => Math.hypot(x - u, y - v) < 2 * NEAR;

function boxOf(points: readonly Point[]): [left: number, top: number, right: number, bottom: number] {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function shape(tag: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}
