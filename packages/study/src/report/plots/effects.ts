/** Effects with their intervals, one under the other. */
import * as Plot from '@observablehq/plot';
import { draw } from './draw';

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
