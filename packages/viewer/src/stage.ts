/**
 * The images: tiles (one an item) of cells (one a method), laid out to fit, loaded when they come near, and everything
 * that pointer and keys do among them.
 *
 * For a screen reader it is a grid: rows are items, columns methods. One cell is a stop of the Tab key, arrows move
 * among cells, and Tab goes on to the regions of the cell that has the focus.
 */

import type { Card } from './card';
import { type Cell, createCell } from './cell';
import type { Region } from './data';
import { element } from './dom';
import { listenForGestures } from './gestures';
import { CELL_GAP, layoutOf } from './layout';
import type { Painter } from './painter';
import { type Loaded, loadPicture } from './picture';
import type { ViewerState } from './state';
import { button, icon } from './toolbar';
import { moved, transformOf, type View, wholeImage, zoomed } from './view';

export interface StageActions {
  setView(view: View): void;
  open(index: number | undefined): void;
  select(index: number, method: string, region: Region | undefined): void;
  /** What the images may take in CSS pixels, across and down without scrolling: all, and what the panel beside them leaves. */
  rooms(): { width: number; height: number }[];
  /** A region is pointed at or has the focus, in a tile; undefined when none is. */
  point(index: number, region: number | undefined): void;
}

export interface Stage {
  readonly node: HTMLElement;
  update(state: ViewerState): void;
  /** Lays out again, in what room there is now. */
  layout(): void;
  /** The cells that are shown, by tile. */
  shown(): Cell[][];
  /** How the shown cells are laid out, and the aspect of their frames. */
  arrangement(): { columns: number; across: number; aspect: number };
  highlight(index: number, region: number | undefined): void;
  focus(): void;
  /** Puts the focus on an item's first cell, in sight. */
  reveal(index: number): void;
  dispose(): void;
}

interface Tile {
  readonly node: HTMLElement;
  readonly cells: Map<string, Cell>;
  readonly holder: HTMLElement;
  readonly picture: () => Promise<Loaded>;
  close(): void;
}

const GAP = 14;
const WIDE_GAP = 22;
/** Of the lines of text beneath a tile and a cell, in CSS pixels; as in the style. */
const TEXT = 22;
const DETAIL = 17;
/** Least height of the images where the window is low, so that an embedded viewer is of use. */
const LEAST_HEIGHT = 320;
/** Cells less wide than this, in CSS pixels, have thinner lines and less text. */
const SMALL = 128;
/** What images must keep of their size for a panel to stand beside them. */
const LITTLE_LOST = 0.85;
/** A sixth of the window at each press of a key. */
const STRIDE = 1 / 6;

export function createStage(
  painter: Painter,
  card: Card,
  style: CSSStyleSheet,
  actions: StageActions,
): Stage {
  const node = element('div', {
    class: 'stage',
    role: 'grid',
    'aria-label': 'Images with their saliency maps',
  });
  const rule = rules(style);
  let state: ViewerState | undefined;
  let tiles: Tile[] = [];
  let aspect = 1;
  let arranged = { columns: 1, across: 1, cell: 0 };
  let active: Cell | undefined;
  const cellOf = new WeakMap<Element, Cell>();

  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) void cellOf.get(target)?.load();
    },
    { rootMargin: '60%' },
  );
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) cellOf.get(target)?.setVisible(isIntersecting);
  });

  const cellAt = (event: Event) => {
    const found = (event.target as Element).closest('.cell');
    return found ? cellOf.get(found) : undefined;
  };
  const regionAt = (event: Event) => {
    const found = (event.target as Element).closest<SVGGElement>('.region');
    return found ? Number(found.dataset.region) : undefined;
  };
  const visibleTiles = () =>
    tiles.filter((_, index) => state?.opened === undefined || state.opened === index);
  const shown = () =>
    visibleTiles().map((tile) => (state?.methods ?? []).flatMap((method) => tile.cells.get(method) ?? []));

  /** The one cell that Tab stops at, and its regions after it. */
  const activate = (cell: Cell | undefined) => {
    if (active) {
      active.node.tabIndex = -1;
      for (const region of active.regions) region.setAttribute('tabindex', '-1');
    }
    active = cell;
    if (!cell) return;
    cell.node.tabIndex = 0;
    const own = cell;
    void cell.load().then(() => {
      if (active === own) for (const region of own.regions) region.setAttribute('tabindex', '0');
    });
  };

  const highlight = (index: number, region: number | undefined) => {
    for (const [order, tile] of tiles.entries()) {
      for (const cell of tile.cells.values()) {
        for (const [place, drawn] of cell.regions.entries()) {
          drawn.classList.toggle('hot', order === index && place === region);
        }
      }
    }
  };
  const point = (cell: Cell, region: number | undefined, place: { x: number; y: number }) => {
    highlight(cell.index, region);
    actions.point(cell.index, region);
    if (region === undefined || !state?.outlines) card.hide();
    else card.show(cell.item, cell.item.regions![region]!, state.methods, place);
  };

  node.addEventListener('pointerover', (event) => {
    const cell = cellAt(event);
    if (cell) point(cell, regionAt(event), { x: event.clientX, y: event.clientY });
  });
  node.addEventListener('pointermove', (event) => {
    if (regionAt(event) !== undefined) card.move({ x: event.clientX, y: event.clientY });
  });
  node.addEventListener('pointerleave', () => {
    card.hide();
    if (active) highlight(active.index, undefined);
    else highlight(-1, undefined);
    actions.point(-1, undefined);
  });
  node.addEventListener('focusin', (event) => {
    const cell = cellAt(event);
    if (!cell) return;
    if (cell !== active) activate(cell);
    const region = regionAt(event);
    const box = (event.target as Element).getBoundingClientRect();
    const byKey = (event.target as Element).matches(':focus-visible');
    if (region !== undefined ? byKey : card.node.hidden === false && byKey) {
      point(cell, region, { x: box.right, y: box.top });
    }
  });
  node.addEventListener('focusout', () => {
    card.hide();
    highlight(-1, undefined);
  });
  node.addEventListener('click', (event) => {
    const cell = cellAt(event);
    if (!cell) return;
    const region = regionAt(event);
    actions.select(cell.index, cell.method, region === undefined ? undefined : cell.item.regions![region]);
  });
  node.addEventListener('dblclick', (event) => {
    const cell = cellAt(event);
    const frame = (event.target as Element).closest('.frame');
    if (!cell || !frame || !state) return;
    if (state.opened === undefined) return actions.open(cell.index);
    const box = frame.getBoundingClientRect();
    const at = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    actions.setView(state.view.scale > 1.01 ? wholeImage : zoomed(state.view, 2.5, at));
  });
  node.addEventListener('keydown', (event) => {
    const cell = cellAt(event);
    if (!cell || !state || event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event, cell)) event.preventDefault();
  });
  listenForGestures(node, { view: () => state?.view ?? wholeImage, setView: actions.setView });

  const middle = { x: 0.5, y: 0.5 };
  function press({ key, shiftKey }: KeyboardEvent, cell: Cell): boolean {
    const { view } = state!;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (arrow && shiftKey) {
      actions.setView(moved(view, { x: -arrow[0]! * STRIDE, y: -arrow[1]! * STRIDE }));
    } else if (arrow) step(cell, arrow[0]!, arrow[1]!);
    else if (key === 'Home') shown()[0]?.[0]?.node.focus();
    else if (key === 'End') shown().at(-1)?.at(-1)?.node.focus();
    else if (key === '+' || key === '=') actions.setView(zoomed(view, 1.5, middle));
    else if (key === '-' || key === '_') actions.setView(zoomed(view, 1 / 1.5, middle));
    else if (key === '0') actions.setView(wholeImage);
    else if (key === 'Enter') {
      actions.select(cell.index, cell.method, undefined);
      if (tiles.length > 1) actions.open(state!.opened === undefined ? cell.index : undefined);
    } else if (key === 'Escape') {
      if (view.scale > 1) actions.setView(wholeImage);
      else if (state!.opened !== undefined && tiles.length > 1) actions.open(undefined);
      else return false;
    } else return false;
    return true;
  }

  /** To the next cell sideways, or to the one nearest above or below as they lie on the screen. */
  function step(cell: Cell, dx: number, dy: number) {
    const cells = shown().flat();
    if (dx !== 0) return cells[cells.indexOf(cell) + dx]?.node.focus();
    const from = cell.node.getBoundingClientRect();
    let best: { cell: Cell; far: number } | undefined;
    for (const other of cells) {
      const to = other.node.getBoundingClientRect();
      const down = (to.top - from.top) * dy;
      if (down < 8) continue;
      const far = down * 4 + Math.abs(to.left - from.left);
      if (!best || far < best.far) best = { cell: other, far };
    }
    best?.cell.node.focus();
  }

  function rebuild() {
    clear();
    activate(undefined);
    tiles = state!.items.map((item, index) => {
      let loaded: Promise<Loaded> | undefined;
      const picture = () => {
        loaded ??= loadPicture(item.image);
        return loaded;
      };
      const open = button(`Open ${item.name}`, icon('open'), () => actions.open(index));
      // Enter on the image does the same; no second stop for the Tab key.
      open.tabIndex = -1;
      open.classList.add('open');
      const name = element('div', { class: 'name', title: item.name }, item.name);
      const detail = item.detail
        ? element('div', { class: 'detail', title: item.detail }, item.detail)
        : undefined;
      const holder = element('div', { class: 'cells', role: 'presentation' });
      const caption = element('div', { class: 'caption', role: 'rowheader' }, name, detail);
      const tile = element('div', { class: 'tile', role: 'row' }, holder, caption, open);
      open.setAttribute('aria-hidden', 'true');
      const close = () => void loaded?.then((picture) => picture.close()).catch(() => undefined);
      return { node: tile, cells: new Map(), holder, picture, close };
    });
    node.replaceChildren(...tiles.map((tile) => tile.node));
    aspect = 1;
    const first = tiles[0];
    void first
      ?.picture()
      .then(({ width, height }) => {
        if (tiles[0] !== first) return;
        aspect = width / height;
        layout();
      })
      .catch(() => undefined);
  }

  function clear() {
    for (const tile of tiles) {
      for (const cell of tile.cells.values()) {
        near.unobserve(cell.node);
        sight.unobserve(cell.node);
        cell.dispose();
      }
      tile.close();
    }
  }

  function fillTiles() {
    const { items, methods, opened } = state!;
    tiles.forEach((tile, index) => {
      tile.node.hidden = opened !== undefined && opened !== index;
      for (const method of methods) {
        if (tile.cells.has(method)) continue;
        const cell = createCell({ item: items[index]!, index, method }, painter, tile.picture);
        tile.cells.set(method, cell);
        cellOf.set(cell.node, cell);
        near.observe(cell.node);
        sight.observe(cell.node);
      }
      const cells = methods.flatMap((method) => tile.cells.get(method) ?? []);
      const same =
        cells.length === tile.holder.children.length &&
        cells.every((cell, i) => tile.holder.children[i] === cell.node);
      if (!same) tile.holder.replaceChildren(...cells.map((cell) => cell.node));
    });
    if (!active || !shown().flat().includes(active)) activate(shown()[0]?.[0]);
  }

  function layout() {
    if (!state || !node.isConnected) return;
    const { methods, opened, items } = state;
    const titled = opened !== undefined && tiles.length > 1;
    const several = methods.length > 1;
    const gap = several ? WIDE_GAP : GAP;
    const within = ({ width, height }: { width: number; height: number }, detailed: boolean) =>
      layoutOf({
        tiles: opened === undefined ? tiles.length : 1,
        cells: Math.max(1, methods.length),
        aspect,
        width,
        height: Math.max(LEAST_HEIGHT, height),
        tileText: titled ? 0 : TEXT + (detailed ? DETAIL : 0),
        cellText: several ? TEXT : 0,
        gap,
      });
    const rooms = actions.rooms();
    if (rooms.some(({ width }) => width <= 0)) return;
    // Small images leave no room for a second line.
    const detailed = items.some(({ detail }) => detail) && within(rooms[0]!, true).cell >= SMALL;
    const layouts = rooms.map((room) => within(room, detailed));
    // The panel stands beside the images only if they hardly lose by it.
    arranged = layouts.findLast(({ cell }) => cell >= LITTLE_LOST * layouts[0]!.cell)!;
    const { columns, across, cell } = arranged;
    rule.stage.setProperty(
      'grid-template-columns',
      `repeat(${columns}, ${across * cell + (across - 1) * CELL_GAP}px)`,
    );
    rule.stage.setProperty('gap', `${gap}px`);
    rule.cells.setProperty('grid-template-columns', `repeat(${across}, ${cell}px)`);
    rule.frame.setProperty('height', `${Math.round(cell / aspect)}px`);
    node.classList.toggle('several', several);
    node.classList.toggle('small', cell < SMALL);
    node.classList.toggle('opened', opened !== undefined);
    node.classList.toggle('titled', titled);
    fit();
  }

  const fit = () => {
    for (const cells of shown()) {
      for (const cell of cells) cell.fit(arranged.cell, aspect, state!.view.scale > 1);
    }
  };

  return {
    node,
    layout,
    shown,
    highlight,
    arrangement: () => ({ columns: arranged.columns, across: arranged.across, aspect }),
    focus: () => active?.node.focus(),
    reveal(index) {
      const cell = shown().find(([first]) => first?.index === index)?.[0];
      cell?.node.focus();
      cell?.node.scrollIntoView({ block: 'nearest' });
    },
    update(next) {
      const before = state;
      state = next;
      if (before?.items !== next.items) rebuild();
      const structure =
        before?.items !== next.items || before.methods !== next.methods || before.opened !== next.opened;
      if (structure) {
        fillTiles();
        if (active && before?.opened !== next.opened && next.opened !== undefined) {
          activate(shown()[0]?.find(({ method }) => method === active?.method) ?? shown()[0]?.[0]);
        }
        layout();
      }
      if (before?.outlines !== next.outlines) node.classList.toggle('bare', !next.outlines);
      if (before?.view !== next.view) {
        rule.layers(next.view);
        node.classList.toggle('closer', next.view.scale > 1);
        if (before && before.view.scale > 1 !== next.view.scale > 1) fit();
      }
    },
    dispose() {
      clear();
      near.disconnect();
      sight.disconnect();
    },
  };
}

/** Rules of this one viewer, so that a step of zoom or layout is one change, however many cells there are. */
function rules(sheet: CSSStyleSheet) {
  const add = (selector: string) => {
    const index = sheet.insertRule(`${selector} {}`, sheet.cssRules.length);
    return (sheet.cssRules[index] as CSSStyleRule).style;
  };
  return {
    stage: add('.stage'),
    cells: add('.cells'),
    frame: add('.frame'),
    layers: viewRule(add('.layers'), add('.region path')),
  };
}

function viewRule(layers: CSSStyleDeclaration, lines: CSSStyleDeclaration) {
  return (view: View) => {
    layers.setProperty('transform', transformOf(view));
    // Lines keep their width however close one looks.
    lines.setProperty('--scale', view.scale.toFixed(4));
  };
}
