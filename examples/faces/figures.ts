/** The study's figures as SVG text, by Observable Plot on a document of linkedom's; colours are the report's variables. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { regions, syndromes } from './names';

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  document: Document;
};

/** A cell of a matrix: one method's answer for one syndrome and region. */
export interface MatrixCell {
  readonly method: string;
  readonly syndrome: string;
  readonly region: string;
  /** The effect, d or r; undefined where there is none. */
  readonly value?: number;
  readonly significant?: boolean;
  /** What a pointer held over the cell shows. */
  readonly title: string;
}

/**
 * Effects by method (rows), syndrome and region (columns). Cells that hold after correction are tinted, by direction and
 * size; the others show their number alone.
 *
 * @param full the effect at which the tint is full
 */
export function matrix(
  cells: readonly MatrixCell[],
  methods: readonly string[],
  full: number,
  label: string,
): string {
  const known = cells.filter(({ value }) => value !== undefined);
  const held = known.filter(({ significant }) => significant);
  const place = { fx: 'syndrome', x: 'region', y: 'method' } as const;
  const number = ({ value }: MatrixCell) =>
    value!
      .toFixed(2)
      .replace(/^-0\.00$/, '0.00')
      .replace('-', '−');
  return draw({
    width: 1060,
    height: 64 + 27 * methods.length,
    marginLeft: 190,
    marginTop: 48,
    marginBottom: 4,
    marginRight: 4,
    fx: { domain: [...syndromes], label: null, padding: 0.05, axis: null },
    x: { domain: [...regions], label: null, axis: 'top', tickSize: 0, padding: 0.04 },
    y: { domain: [...methods], label: null, tickSize: 0, padding: 0.08 },
    color: { type: 'identity' },
    opacity: { type: 'identity' },
    marks: [
      Plot.axisFx({ anchor: 'top', dy: -18, fontSize: 14, fontWeight: 600, fill: 'var(--ink)' }),
      Plot.cell(cells, { ...place, fill: 'var(--line)', fillOpacity: 0.28, title: 'title' }),
      Plot.cell(held, {
        ...place,
        fill: ({ value }: MatrixCell) => (value! > 0 ? 'var(--more)' : 'var(--less)'),
        fillOpacity: ({ value }: MatrixCell) => 0.2 + 0.55 * Math.min(1, Math.abs(value!) / full),
        title: 'title',
      }),
      Plot.text(
        known.filter(({ significant }) => !significant),
        { ...place, text: number, fontSize: 11 },
      ),
      Plot.text(held, { ...place, text: number, fontSize: 12, fontWeight: 700, className: 'held' }),
      Plot.text(
        cells.filter(({ value }) => value === undefined),
        { ...place, text: () => '–', fontSize: 11 },
      ),
    ],
    ariaLabel: label,
  });
}

export interface Point {
  readonly severity: number;
  readonly score: number;
}

/** One image a dot: severity across, score up; the line joins the medians of thirds by severity, and only guides the eye. */
export function scatter(points: readonly Point[], significant: boolean, label: string): string {
  const colour = significant ? 'var(--accent)' : 'var(--soft)';
  return draw({
    width: 250,
    height: 170,
    marginLeft: 54,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 34,
    x: { label: 'severity', labelAnchor: 'center', labelArrow: 'none', ticks: 4, tickSize: 0, nice: true },
    y: { label: null, ticks: 4, tickSize: 0, nice: true, grid: true, tickFormat: '.2e' },
    marks: [
      Plot.line(thirds(points), {
        x: 'severity',
        y: 'score',
        stroke: colour,
        strokeOpacity: 0.55,
        strokeWidth: 1.4,
      }),
      Plot.dot(points, { x: 'severity', y: 'score', r: 2.7, fill: colour, fillOpacity: 0.7 }),
    ],
    ariaLabel: label,
  });
}

function thirds(points: readonly Point[]): Point[] {
  const ordered = [...points].sort((a, b) => a.severity - b.severity);
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  return [0, 1, 2].map((third) => {
    const part = ordered.slice((third * ordered.length) / 3, ((third + 1) * ordered.length) / 3);
    return {
      severity: median(part.map((each) => each.severity)),
      score: median(part.map((each) => each.score)),
    };
  });
}

/** Rates with their 95 % intervals, one a row, over a line that they are held against. */
export function rates(
  rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[],
  domain: readonly [number, number],
  nominal: number | undefined,
  xLabel: string,
): string {
  return draw({
    width: 420,
    height: 46 + 22 * rows.length,
    marginLeft: 150,
    marginRight: 14,
    marginTop: 4,
    marginBottom: 36,
    x: {
      domain: [...domain],
      clamp: true,
      label: xLabel,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 5,
      grid: true,
      tickSize: 0,
    },
    y: { domain: rows.map(({ label }) => label), label: null, tickSize: 0 },
    marks: [
      nominal === undefined
        ? null
        : Plot.ruleX([nominal], { stroke: 'var(--less)', strokeWidth: 1.4, strokeDasharray: '4 3' }),
      Plot.ruleY(rows, { y: 'label', x1: 'low', x2: 'high', stroke: 'var(--accent)', strokeWidth: 1.6 }),
      Plot.dot(rows, { y: 'label', x: 'value', r: 3.6, fill: 'var(--accent)' }),
    ],
    ariaLabel: xLabel,
  });
}

function draw(options: Plot.PlotOptions): string {
  const figure = Plot.plot({
    ...options,
    document,
    style: { background: 'none', overflow: 'visible' },
    className: 'figure',
  });
  figure.querySelector('style')?.remove();
  figure.removeAttribute('width');
  figure.removeAttribute('height');
  figure.setAttribute('role', 'img');
  return (figure as unknown as { outerHTML: string }).outerHTML;
}
