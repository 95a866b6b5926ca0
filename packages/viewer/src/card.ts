/** The card beside a region that is pointed at or has the focus: its name, and its score by each method shown. */
import { type Item, type Region, scoreOf } from './data';
import { element } from './dom';
import { formatScore } from './numbers';

export interface Card {
  readonly node: HTMLElement;
  /** Beside a place of the window, in CSS pixels. */
  show(item: Item, region: Region, methods: readonly string[], place: { x: number; y: number }): void;
  move(place: { x: number; y: number }): void;
  hide(): void;
}

const DISTANCE = 14;

export function createCard(): Card {
  // What it says is the region's own label; for a screen reader the card adds nothing.
  const node = element('div', { class: 'card', 'aria-hidden': 'true', hidden: true });
  const move = ({ x, y }: { x: number; y: number }) => {
    const { offsetWidth: width, offsetHeight: height } = node;
    const left = x + DISTANCE + width > window.innerWidth - 4 ? x - DISTANCE - width : x + DISTANCE;
    const top = y + DISTANCE + height > window.innerHeight - 4 ? y - DISTANCE - height : y + DISTANCE;
    node.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  };
  return {
    node,
    move,
    show(item, region, methods, place) {
      const rows = methods.flatMap((method) => {
        const score = scoreOf(region, method);
        return score === undefined ? [] : [scoreRow(method, score, most(item, method))];
      });
      node.replaceChildren(
        element('b', {}, region.name),
        element('span', { class: 'soft' }, item.name),
        ...(rows.length > 0 ? [element('div', { class: 'scores' }, ...rows.flat())] : []),
      );
      node.hidden = false;
      move(place);
    },
    hide() {
      node.hidden = true;
    },
  };
}

/** The largest size of any region's score in an item by a method. */
export function most(item: Item, method: string): number {
  return Math.max(0, ...(item.regions ?? []).map((region) => Math.abs(scoreOf(region, method) ?? 0)));
}

export function scoreRow(label: string, score: number, largest: number): HTMLElement[] {
  return [
    element('span', {}, label),
    bar(score, largest),
    element('span', { class: 'number' }, formatScore(score)),
  ];
}

export function bar(score: number, largest: number): HTMLElement {
  const fill = element('i', { class: score < 0 ? 'less' : false });
  fill.style.width = `${largest > 0 ? (100 * Math.abs(score)) / largest : 0}%`;
  return element('span', { class: 'bar' }, fill);
}
