/** Beside the one image that is open: a table of its regions' scores by each method shown. */
import { bar, most } from './card';
import { type Item, scoreOf } from './data';
import { element } from './dom';
import { formatScore } from './numbers';

export interface Panel {
  readonly node: HTMLElement;
  /** @returns whether there is anything to say */
  update(item: Item | undefined, methods: readonly string[]): boolean;
  highlight(region: number | undefined): void;
  /** A table wider than its room is scrolled, by keys too. */
  layout(): void;
}

/** @param pointed a row is pointed at, or no longer */
export function createPanel(pointed: (region: number | undefined) => void): Panel {
  const node = element('div', { class: 'panel' });
  let rows: HTMLElement[] = [];
  return {
    node,
    update(item, methods) {
      const regions = item?.regions ?? [];
      const scored = methods.filter((method) =>
        regions.some((region) => scoreOf(region, method) !== undefined),
      );
      rows = [];
      if (!item || regions.length === 0) {
        node.replaceChildren();
        return false;
      }
      const head = element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'Region'),
        ...scored.map((method) =>
          element('th', { scope: 'col', class: 'score' }, scored.length > 1 ? method : `Score by ${method}`),
        ),
      );
      rows = regions.map((region, order) => {
        const cells = scored.map((method) => {
          const score = scoreOf(region, method);
          if (score === undefined) return element('td', { class: 'score soft' }, 'none');
          const number = element('span', { class: 'number' }, formatScore(score));
          return element(
            'td',
            { class: 'score' },
            element('span', { class: 'measure' }, bar(score, most(item, method)), number),
          );
        });
        const row = element(
          'tr',
          {},
          element('th', { scope: 'row', title: region.name }, region.name),
          ...cells,
        );
        row.addEventListener('pointerenter', () => pointed(order));
        row.addEventListener('pointerleave', () => pointed(undefined));
        return row;
      });
      const table = element(
        'table',
        {},
        element('caption', {}, `Regions of ${item.name}`),
        element('thead', {}, head),
        element('tbody', {}, ...rows),
      );
      node.replaceChildren(table);
      return true;
    },
    layout() {
      if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
      else node.removeAttribute('tabindex');
    },
    highlight(region) {
      for (const [order, row] of rows.entries()) row.classList.toggle('hot', order === region);
    },
  };
}
