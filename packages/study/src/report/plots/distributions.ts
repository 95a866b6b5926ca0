/**
 * The report's figures as SVG text, drawn by Observable Plot on a document of linkedom's (no browser).
 *
 * Colours are CSS variables (`--group-0`, `--group-1` …), so that one drawing serves light, dark and paper.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  document: Document;
};

export interface Distribution {
  readonly group: string;
  readonly scores: readonly number[];
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const HEIGHT = 210;
/** The pixels that one group's dots may take side by side. */
const ROOM = 84;

/** Whether dots of a radius, stacked side by side where they would overlap, stay within their group's room. */
function fits(scores: readonly number[], [low, high]: readonly [number, number], radius: number): boolean {
  const size = 2 * radius;
  const rows = new Map<number, number>();
  for (const score of scores) {
    const row = Math.floor((((score - low) / (high - low || 1)) * (HEIGHT - 20)) / size);
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  // Neighbouring rows push each other aside too.
  return [...rows].every(([row, count]) => (count + (rows.get(row + 1) ?? 0)) * size <= ROOM);
}

/**
 * One region's scores by group: every image a dot, over a box of quartiles with whiskers to 1.5 interquartile ranges
 * (Tukey 1977).
 *
 * @param domain the scores' range, the same for all regions that are read side by side
 */
export function distributionPlot(
  groups: readonly Distribution[],
  domain: readonly [number, number],
  label: string,
): string {
  const most = Math.max(...groups.map((group) => group.scores.length));
  const radius = most <= 30 ? 2.6 : most <= 80 ? 1.9 : 1.3;
  const marks = groups.flatMap(({ group, scores }, index) => {
    const colour = `var(--group-${index % 6})`;
    const dots = scores.map((score, i) => ({ score, group, x: 0.2 + 0.6 * ((i * GOLDEN) % 1) }));
    const style = { fill: colour, fillOpacity: 0.75, r: radius, fx: 'group', y: 'score' };
    return [
      Plot.boxY(dots, {
        fx: 'group',
        y: 'score',
        r: 0,
        fill: colour,
        fillOpacity: 0.16,
        stroke: colour,
        strokeOpacity: 0.9,
        insetLeft: 12,
        insetRight: 12,
      }),
      fits(scores, domain, radius)
        ? Plot.dot(dots, Plot.dodgeX({ anchor: 'middle', padding: 0.4 }, style))
        : Plot.dot(dots, { ...style, x: 'x', fillOpacity: most <= 80 ? 0.6 : 0.35 }),
    ];
  });
  return draw({
    width: 250,
    height: HEIGHT,
    marginLeft: 44,
    marginRight: 6,
    marginTop: 10,
    marginBottom: 8,
    x: { axis: null, domain: [0, 1] },
    fx: {
      domain: groups.map(({ group }) => group),
      axis: null,
      padding: 0.08,
    },
    y: {
      domain: domain as [number, number],
      nice: true,
      ticks: 5,
      tickSize: 0,
      label: null,
      grid: true,
      tickFormat: domain[1] - domain[0] < 1e-3 ? '.0e' : undefined,
    },
    marks,
    ariaLabel: label,
  });
}

export interface Effect {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly significant: boolean;
}

/** Effects with their intervals around zero; the ones that hold after correction are filled. */
export function effectPlot(
  effects: readonly Effect[],
  domain: readonly [number, number],
  xLabel: string,
): string {
  return draw({
    width: 360,
    height: 46 + 24 * effects.length,
    marginLeft: Math.min(180, 12 + 6.2 * Math.max(...effects.map(({ label }) => label.length))),
    marginRight: 12,
    marginTop: 4,
    marginBottom: 36,
    x: {
      domain: domain as [number, number],
      nice: true,
      label: xLabel,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 6,
      grid: true,
      tickSize: 0,
    },
    y: { domain: effects.map(({ label }) => label), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.ruleY(effects, { y: 'label', x1: 'low', x2: 'high', stroke: 'var(--accent)', strokeWidth: 1.6 }),
      Plot.dot(effects, {
        y: 'label',
        x: 'value',
        r: 4.5,
        stroke: 'var(--accent)',
        strokeWidth: 1.6,
        fill: (effect: Effect) => (effect.significant ? 'var(--accent)' : 'var(--paper)'),
      }),
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
  // One style sheet serves the page; Plot would repeat its own in every figure.
  figure.querySelector('style')?.remove();
  // The size is the column's; the view box keeps the proportions.
  figure.removeAttribute('width');
  figure.removeAttribute('height');
  figure.setAttribute('role', 'img');
  return (figure as unknown as { outerHTML: string }).outerHTML;
}
