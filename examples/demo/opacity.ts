/**
 * What tells the two groups apart: a soft consolidation in one lung. Coordinates are the patient's (anatomy.ts).
 */
import { bump } from './curves';
import type { Draws } from './draws';

export type Lung = 'right-lung' | 'left-lung';

export interface Opacity {
  readonly lung: Lung;
  readonly blobs: readonly { x: number; y: number; radius: number; strength: number; stretch: number }[];
}

/** A consolidation: a few soft, overlapping blobs around one focus in the middle or lower part of one lung. */
export function drawOpacity(random: Draws, lung?: Lung): Opacity {
  const drawn = random.chance(0.5);
  const onLeft = lung ? lung === 'left-lung' : drawn;
  const outward = onLeft ? 1 : -1;
  const focusX = random.uniform(onLeft ? 0.42 : 0.3, 0.54);
  const focusY = random.uniform(-0.35, onLeft ? 0.2 : 0.36);
  const blobs = Array.from({ length: random.integer(3, 5) }, () => ({
    x: outward * (focusX + random.uniform(-0.11, 0.11)),
    y: focusY + random.uniform(-0.13, 0.13),
    radius: random.uniform(0.14, 0.24),
    strength: random.uniform(0.14, 0.26),
    stretch: random.uniform(0.8, 1.25),
  }));
  return { lung: onLeft ? 'left-lung' : 'right-lung', blobs };
}

/** How much denser the opacity makes a point of its lung. */
export function density({ blobs }: Opacity, x: number, y: number): number {
  let sum = 0;
  for (const { x: cx, y: cy, radius, strength, stretch } of blobs) {
    const dx = (x - cx) * stretch;
    const dy = (y - cy) / stretch;
    sum += strength * bump(Math.sqrt(dx * dx + dy * dy) / radius);
  }
  return Math.min(sum, 0.45); // filled with fluid, a lung is as dense as soft tissue, not denser
}
