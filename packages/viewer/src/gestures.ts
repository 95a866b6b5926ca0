/**
 * Zoom and pan with a pointer: drag where there is more than is seen, pinch, or turn the wheel with Ctrl or ⌘ (which is
 * also what a touchpad's pinch arrives as). The wheel alone scrolls the page.
 */
import { moved, type View, zoomed } from './view';

export interface GestureTarget {
  view(): View;
  setView(view: View): void;
}

/** Pixels that a pointer may tremble and still click. */
const TREMBLE = 4;

/** @param node what holds the frames, elements of the class `frame` that each show a whole view */
export function listenForGestures(node: HTMLElement, target: GestureTarget): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let frame: HTMLElement | undefined;
  let dragged = false;

  const frameAt = (event: Event) => (event.target as Element).closest<HTMLElement>('.frame') ?? undefined;
  const fraction = ({ x, y }: { x: number; y: number }, box: DOMRect) => ({
    x: (x - box.left) / box.width,
    y: (y - box.top) / box.height,
  });

  node.addEventListener(
    'wheel',
    (event) => {
      const over = frameAt(event);
      if (!over || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) / 120);
      target.setView(zoomed(target.view(), factor, fraction(event, over.getBoundingClientRect())));
    },
    { passive: false },
  );

  node.addEventListener('pointerdown', (event) => {
    const over = frameAt(event);
    if (!over || event.button !== 0) return;
    if (pointers.size === 0) {
      frame = over;
      dragged = false;
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });

  node.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before || !frame) return;
    const now = { x: event.clientX, y: event.clientY };
    const box = frame.getBoundingClientRect();
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
      const distance = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      const factor = distance(now) / Math.max(1, distance(before));
      const shift = { x: (now.x - before.x) / 2 / box.width, y: (now.y - before.y) / 2 / box.height };
      dragged = true;
      target.setView(moved(zoomed(target.view(), factor, fraction(middle, box)), shift));
    } else {
      if (target.view().scale === 1) return;
      if (!dragged && Math.hypot(now.x - before.x, now.y - before.y) < TREMBLE) return;
      if (!dragged) node.setPointerCapture(event.pointerId);
      dragged = true;
      target.setView(
        moved(target.view(), { x: (now.x - before.x) / box.width, y: (now.y - before.y) / box.height }),
      );
    }
    pointers.set(event.pointerId, now);
  });

  for (const type of ['pointerup', 'pointercancel'] as const) {
    node.addEventListener(type, (event) => {
      pointers.delete(event.pointerId);
      if (pointers.size === 0) frame = undefined;
    });
  }
  // What ends a drag is no click.
  node.addEventListener(
    'click',
    (event) => {
      if (!dragged) return;
      dragged = false;
      event.stopPropagation();
    },
    { capture: true },
  );
}
