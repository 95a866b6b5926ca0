/**
 * How many images stand side by side: as large as they all fit into the window at once; where they would be too small,
 * as many as stand well in a row, and one scrolls.
 */

export interface Space {
  /** How many tiles there are, and how many cells (methods) each holds. */
  readonly tiles: number;
  readonly cells: number;
  /** An image's width over its height. */
  readonly aspect: number;
  /** In CSS pixels: what there is, the lines of text under a tile and a cell, and what lies between. */
  readonly width: number;
  readonly height: number;
  readonly tileText: number;
  readonly cellText: number;
  readonly gap: number;
}

export interface Layout {
  readonly columns: number;
  /** Cells in a row of a tile. */
  readonly across: number;
  /** Of a cell, in whole CSS pixels. */
  readonly cell: number;
}

/** Smaller than this an image is hard to read: where not all fit, cells are at least COMFORTABLE. */
const SMALLEST = 92;
const COMFORTABLE = 132;
/** Between the cells of a tile. */
export const CELL_GAP = 4;

export function layoutOf(space: Space): Layout {
  const { tiles, cells, width, height } = space;
  let best: Layout | undefined;
  for (let columns = 1; columns <= Math.max(1, tiles); columns++) {
    for (let across = cells; across >= 1; across--) {
      // Rows of a tile are as even as they can be: 6 cells by 4 are 3 and 3.
      if (across !== Math.ceil(cells / Math.ceil(cells / across))) continue;
      const cell = Math.floor(Math.min(widest(columns, across), highest(columns, across)));
      if (cell >= SMALLEST && (!best || cell > best.cell)) best = { columns, across, cell };
    }
  }
  return best ?? scrolling();

  function widest(columns: number, across: number): number {
    return ((width - (columns - 1) * space.gap) / columns - (across - 1) * CELL_GAP) / across;
  }

  function highest(columns: number, across: number): number {
    const rows = Math.ceil(Math.max(1, tiles) / columns);
    const down = Math.ceil(cells / across);
    const tile = (height - (rows - 1) * space.gap) / rows - space.tileText - (down - 1) * CELL_GAP;
    return (tile / down - space.cellText) * space.aspect;
  }

  function scrolling(): Layout {
    const least = Math.min(COMFORTABLE, width);
    let across = Math.max(1, Math.min(cells, Math.floor((width + CELL_GAP) / (least + CELL_GAP))));
    across = Math.ceil(cells / Math.ceil(cells / across));
    const tile = across * least + (across - 1) * CELL_GAP;
    const columns = Math.max(1, Math.min(tiles, Math.floor((width + space.gap) / (tile + space.gap))));
    const cell = Math.floor(widest(columns, across));
    return { columns, across, cell: Math.min(cell, Math.max(least, Math.floor(highest(tiles, across)))) };
  }
}
