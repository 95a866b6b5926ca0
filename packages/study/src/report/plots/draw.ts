/**
 * Draws the report's figures as SVG text, by Observable Plot on a document of linkedom's (no browser).
 *
 * Colours are CSS variables (`--group-0`, `--group-1` …), so that one drawing serves light, dark and paper.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  document: Document;
};

export function draw(options: Plot.PlotOptions): string {
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
  // An image has one name; what its marks are called becomes their class.
  for (const mark of figure.querySelectorAll('g[aria-label]')) {
    mark.setAttribute('class', mark.getAttribute('aria-label')!.replaceAll(' ', '-'));
    mark.removeAttribute('aria-label');
  }
  return (figure as unknown as { outerHTML: string }).outerHTML;
}
