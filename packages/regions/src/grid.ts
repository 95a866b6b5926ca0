/** A grid of rows × columns, as the seed study's three vertical strips. */
import { SaliencyError } from '@regional-saliency/core';
import { emptyMask, type Region } from './region';

export interface GridOptions {
  readonly rows: number;
  readonly columns: number;
  /** A name for each cell, row by row; without them r1c1, r1c2, … */
  readonly names?: readonly string[];
}

/**
 * The cells of a grid, row by row. They are counted in whole pixels of the resolution asked for: each is
 * ⌊height ÷ rows⌋ by ⌊width ÷ columns⌋ pixels, and the last of a row or column takes the remainder too. Every
 * pixel belongs to exactly one cell.
 *
 * @throws SaliencyError `bad-input` where rows or columns are not whole numbers from 1, where the names are not
 *   one a cell, or (from `mask`) where there are fewer pixels than rows or columns
 */
export function grid({ rows, columns, names }: GridOptions): Region[] {
  for (const [what, count] of [
    ['rows', rows],
    ['columns', columns],
  ] as const) {
    if (!Number.isInteger(count) || count < 1) {
      throw new SaliencyError('bad-input', `a grid has a whole number of ${what}, 1 or more, not ${count}`);
    }
  }
  if (names && names.length !== rows * columns) {
    throw new SaliencyError(
      'bad-input',
      `a grid of ${rows} × ${columns} has ${rows * columns} cells, but ${names.length} names were given`,
    );
  }
  return Array.from({ length: rows * columns }, (_, cell) => {
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    return {
      name: names?.[cell] ?? `r${row + 1}c${column + 1}`,
      mask(height, width) {
        const [top, bottom] = span(row, rows, height, 'rows', 'high');
        const [left, right] = span(column, columns, width, 'columns', 'wide');
        const mask = emptyMask(height, width);
        for (let y = top; y < bottom; y++) mask.data.fill(1, y * width + left, y * width + right);
        return mask;
      },
    };
  });
}

function span(index: number, parts: number, pixels: number, what: string, extent: string): [number, number] {
  if (parts > pixels) {
    throw new SaliencyError(
      'bad-input',
      `a grid of ${parts} ${what} does not fit a map that is ${pixels} pixels ${extent}: ` +
        `use fewer ${what}, or score at the image's resolution`,
    );
  }
  const size = Math.floor(pixels / parts);
  return [index * size, index === parts - 1 ? pixels : (index + 1) * size];
}
