/** The tables of a run, for the prompt and as Markdown. */
import type { Contender } from './contenders';
import type { Figure, Figures, Ranked } from './measured';
import type { Task } from './phantoms';

export interface TaskFigures {
  readonly task: Task;
  readonly passedOver: number;
  readonly figures: ReadonlyMap<string, Figures>;
  /** Of the positive part of relevance alone. */
  readonly positive: ReadonlyMap<string, Figures>;
  /** The area under the curve of pixels on the network with all weights in random order. */
  readonly shuffled: ReadonlyMap<string, Figure>;
}

const heads = [
  'method',
  'pointing',
  'mass',
  'rank',
  'AUC, pixels',
  'AUC, regions',
  'first',
  'regions, positive',
  'pixels, shuffled',
];

/** What each head means, for under the tables. */
export const legend = `pointing: the largest pixel lies in the region or near it; mass: the region's part of all relevance; rank: its part of as many
largest pixels as it has; AUC, pixels: a pixel inside is above one outside; AUC, regions: the density of the true region is above
that of its strongest rival in another image (a lung's is the other lung, the marker's any region); first: above it in the same
image; positive: AUC of regions by relevance above 0 alone; shuffled: AUC of pixels once all weights are in random order.
* one of the paper's. † told the regions.`;

/** The ranking, with the best and the worst rank that the images of one seed alone give. */
export function rankingRows(
  ranked: readonly Ranked[],
  bySeed: readonly { readonly ranked: readonly Ranked[] }[],
  marks: (id: string) => string,
): string[][] {
  return [
    ['', 'method', 'mean place', '95 %', 'by seed'],
    ...ranked.map(({ id, place, interval }, at) => {
      const ranks = bySeed.map((seed) => 1 + seed.ranked.findIndex((each) => each.id === id));
      return [
        String(at + 1),
        `${id}${marks(id)}`,
        place.toFixed(1),
        interval ? `${interval[0].toFixed(1)} to ${interval[1].toFixed(1)}` : '',
        `${Math.min(...ranks)} to ${Math.max(...ranks)}`,
      ];
    }),
  ];
}

export function taskRows(
  { figures, positive, shuffled }: TaskFigures,
  order: readonly string[],
  marks: (id: string) => string,
): string[][] {
  return [
    heads,
    ...order.map((id) => {
      const own = figures.get(id)!;
      const signed = positive.get(id)?.regions;
      const control = shuffled.get(id);
      return [
        `${id}${marks(id)}`,
        ...[own.pointing, own.mass, own.rank, own.pixels, own.regions, own.first].map(show),
        signed ? show(signed) : '',
        control ? show(control) : '',
      ];
    }),
  ];
}

export function marksOf(all: readonly Contender[]): (id: string) => string {
  const byId = new Map(all.map((contender) => [contender.id, contender]));
  return (id) => `${byId.get(id)?.paper ? '*' : ''}${byId.get(id)?.told ? '†' : ''}`;
}

/** Columns under their heads, as wide as they need. */
export function plain(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdown(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head, ...rest] = rows;
  return [line(head!), line(head!.map(() => '---')), ...rest.map(line)].join('\n');
}

const show = ({ value, interval: [low, high] }: Figure): string => `${two(value)} [${two(low)} ${two(high)}]`;

const two = (value: number): string => value.toFixed(2);
