/**
 * One region's scores by group: every image a dot, beside it a box of quartiles with whiskers to 1.5 interquartile ranges
 * (Tukey 1977), and half a violin (Hintze and Nelson 1998). Side by side none hides another (Allen et al. 2019, "Raincloud
 * plots", doi:10.12688/wellcomeopenres.15191).
 */
import * as Plot from '@observablehq/plot';
import { density } from '../density';
import { draw } from './draw';

export interface Distribution {
  readonly group: string;
  readonly scores: readonly number[];
}

const HEIGHT = 230;
const MARGIN = { left: 44, right: 6 };
/** The pixels that a group has side by side: dots, box and violin, with a gap after each. */
const DOTS = 54;
const BOX = 12;
const VIOLIN = 46;
const GAP = 6;
const GROUP = DOTS + BOX + VIOLIN + 3 * GAP;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Whether dots of a radius, stacked side by side where they would overlap, stay within their room. */
function fits(scores: readonly number[], [low, high]: readonly [number, number], radius: number): boolean {
  const size = 2 * radius;
  const rows = new Map<number, number>();
  for (const score of scores) {
    const row = Math.floor((((score - low) / (high - low || 1)) * (HEIGHT - 20)) / size);
    rows.set(row, (rows.get(row) ?? 0) + 1);
  }
  // Neighbouring rows push each other aside too.
  return [...rows].every(([row, count]) => (count + (rows.get(row + 1) ?? 0)) * size <= DOTS);
}

/** @param domain the scores' range, the same for all regions that are read side by side */
export function distributionPlot(
  groups: readonly Distribution[],
  domain: readonly [number, number],
  label: string,
): string {
  const most = Math.max(...groups.map((group) => group.scores.length));
  const radius = most <= 30 ? 2.4 : most <= 80 ? 1.8 : 1.2;
  const marks = groups.flatMap(({ group, scores }, index) => {
    const colour = `var(--group-${index % 6})`;
    const rows = scores.map((score) => ({ score, group }));
    const dots = { fill: colour, fillOpacity: 0.75, r: radius, fx: 'group', y: 'score' };
    const curve = density(scores);
    const widest = curve.reduce((most, point) => Math.max(most, point.density), 0);
    return [
      Plot.areaX(
        curve.map(({ value, density }) => ({ score: value, group, x: width(density / widest) })),
        {
          fx: 'group',
          y: 'score',
          x1: start(DOTS + GAP + BOX + GAP),
          x2: 'x',
          fill: colour,
          fillOpacity: 0.28,
          stroke: colour,
          strokeWidth: 0.8,
        },
      ),
      Plot.boxY(rows, {
        fx: 'group',
        y: 'score',
        r: 0,
        fill: colour,
        fillOpacity: 0.4,
        stroke: colour,
        strokeOpacity: 0.9,
        strokeWidth: 1.4,
        insetLeft: DOTS + GAP,
        insetRight: GROUP - DOTS - GAP - BOX,
      }),
      fits(scores, domain, radius)
        ? Plot.dot(rows, {
            ...Plot.dodgeX({ anchor: 'right', padding: 0.4 }, dots),
            dx: DOTS - GROUP,
          })
        : Plot.dot(
            rows.map((row, i) => ({ ...row, x: start(radius + (DOTS - 2 * radius) * ((i * GOLDEN) % 1)) })),
            { ...dots, x: 'x', fillOpacity: most <= 80 ? 0.6 : 0.35 },
          ),
    ];
  });
  return draw({
    width: MARGIN.left + MARGIN.right + GROUP * groups.length,
    height: HEIGHT,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: 10,
    marginBottom: 8,
    x: { axis: null, domain: [0, 1] },
    fx: { domain: groups.map(({ group }) => group), axis: null, padding: 0 },
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

/** Pixels from a group's left edge as a part of its room. */
const start = (pixels: number) => pixels / GROUP;
const width = (part: number) => start(DOTS + GAP + BOX + GAP + part * VIOLIN);
