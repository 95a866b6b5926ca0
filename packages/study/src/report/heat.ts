/**
 * Cells of a table that stand for signed numbers by their colour: blue above zero, orange below, which every kind of colour
 * vision tells apart (Okabe and Ito 2008, Color universal design); the number stands in the cell too.
 */
import { type Html, html, raw } from './html';

export interface HeatText {
  readonly text: string;
  /** What is said when the cell is pointed at. */
  readonly title: string;
  /** Marks the cell with a dot, which a screen reader reads as this. */
  readonly mark?: string | undefined;
}

/** @param value −1 to 1 is the whole scale; what lies beyond has its end's colour, null none */
export function heatCell(value: number | null, { text, title, mark }: HeatText): Html {
  const size = value === null ? 0 : Math.round(100 * Math.min(1, Math.abs(value)));
  const colour = raw(`--tint: var(--${(value ?? 0) < 0 ? 'below' : 'above'}); --much: ${size}%`);
  return html`<td${mark ? raw(' class="marked"') : null} style="${colour}" title="${title}">${text}${
    mark ? html`<span class="unseen">, ${mark}</span>` : null
  }</td>`;
}

/** The scale under a table: its two ends in words, and how far it reaches. */
export function heatScale(below: string, above: string, reach: string): Html {
  return html`<p class="heat-scale"><span>← ${below}</span><i></i><span>${above} →</span> <span>${reach}</span></p>`;
}
