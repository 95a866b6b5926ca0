/** Whether what was found can be the two lungs of a frontal chest X-ray, and how far to trust it. */
import type { Fields } from './fields';

export interface Judgement {
  /**
   * In [0, 1]: the network's probability of a frontal X-ray, times the Dice coefficient it expects of its own masks (from
   * the probabilities it gives each pixel).
   */
  readonly confidence: number;
  /** Why the masks can't be right; undefined where nothing speaks against them. */
  readonly doubt?: string;
}

/**
 * Least confidence at which masks are handed out. The surest of 35 images of other things had 0.18 (a cup of coffee), the least sure
 * of 170 X-rays with margins, text, noise or a turn 0.74, so there is room on both sides.
 */
export const least = 0.25;

/** Bounds that hold for all 60 X-rays of children and 50 of adults this was tried on (tools/lungs/evaluate.ts). */
const bounds = {
  /** Of the frame, each lung. */
  area: 0.03,
  /** Of the smaller lung to the larger. */
  ratio: 0.3,
  /** Between the lungs' centres, of the taller lung's height. */
  lift: 0.35,
  /** Of a lung's outline, what lies on the edge of the frame. */
  cut: 0.3,
} as const;

export function judge(fields: Fields, frontalLogit: number): Judgement {
  const confidence = (1 / (1 + Math.exp(-frontalLogit))) * expectedDice(fields);
  const right = shapeOf(fields.right, fields.side);
  const left = shapeOf(fields.left, fields.side);
  const doubt = doubtOf(right, left);
  if (doubt) return { confidence, doubt };
  if (confidence < least) {
    const percent = (value: number) => `${Math.floor(100 * value)} %`;
    return {
      confidence,
      doubt: `it does not look like a whole frontal chest X-ray, upright and with dark lungs (confidence ${percent(confidence)}, and ${percent(least)} is asked for)`,
    };
  }
  return { confidence };
}

function doubtOf(right: Shape, left: Shape): string | undefined {
  for (const [name, lung] of [
    ['right', right],
    ['left', left],
  ] as const) {
    if (lung.area < bounds.area) return `no ${name} lung was found in it`;
    if (lung.cut > bounds.cut) return `the ${name} lung is cut off by the edge of the image`;
  }
  if (right.x >= left.x) return 'what looks like the right lung is not left of the other';
  if (Math.min(right.area / left.area, left.area / right.area) < bounds.ratio)
    return 'one lung is many times as large as the other';
  if (Math.abs(right.y - left.y) / Math.max(right.height, left.height) > bounds.lift)
    return 'one lung lies far above the other: the image may be turned';
  return undefined;
}

interface Shape {
  /** Of the frame. */
  readonly area: number;
  /** Centre and height, of the frame's side. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Share of the outline that lies on the frame's edge. */
  readonly cut: number;
}

function shapeOf(mask: Uint8Array, side: number): Shape {
  let [count, sumX, sumY, outline, atEdge, top, bottom] = [0, 0, 0, 0, 0, side, -1];
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < side && y < side;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!mask[y * side + x]) continue;
      count++;
      sumX += x;
      sumY += y;
      top = Math.min(top, y);
      bottom = y;
      for (const [nextX, nextY] of [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ] as const) {
        if (!inside(nextX, nextY)) atEdge++;
        else if (mask[nextY * side + nextX]) continue;
        outline++;
      }
    }
  }
  return {
    area: count / side ** 2,
    x: sumX / count / side,
    y: sumY / count / side,
    height: (bottom - top + 1) / side,
    cut: outline === 0 ? 0 : atEdge / outline,
  };
}

/** 2 Σp over the mask ÷ (Σp over the frame + the mask's pixels), p the probability of either lung. */
function expectedDice({ logits, right, left, side }: Fields): number {
  const pixels = side * side;
  let [shared, likely, marked] = [0, 0, 0];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const odds = [1, 2].map((label) => Math.exp(logits[label * pixels + pixel]! - logits[pixel]!));
    const sum = odds[0]! + odds[1]!;
    const p = sum === Number.POSITIVE_INFINITY ? 1 : sum / (1 + sum);
    const isLung = right[pixel]! | left[pixel]!;
    likely += p;
    marked += isLung;
    shared += isLung * p;
  }
  return marked === 0 ? 0 : (2 * shared) / (likely + marked);
}
