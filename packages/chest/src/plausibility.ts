/** Whether what was found can be the two lungs of a frontal chest X-ray, and how far to trust it. */
import type { Fields } from './fields';
import { blackAtEdge, type Shape, shapeOf } from './shape';

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
 * of 3,019 X-rays 0.53, so there is room on both sides. Masks drawn into what is left of a film lie between.
 */
export const least = 0.4;

/**
 * Bounds that hold for all 60 X-rays of children, 50 of adults, 517 of the test set and 40 of the seed study this was tried on
 * (tools/lungs/evaluate.ts). Those of what is cut, turned and hidden were chosen on 2,052 other X-rays of children and on cuts
 * of 50 (tools/lungs/evaluate-cuts.ts).
 */
const bounds = {
  /** Of the frame, each lung. */
  area: 0.03,
  /** Of the smaller lung to the larger. */
  ratio: 0.3,
  /** Between the lungs' centres, of the taller lung's height. */
  lift: 0.35,
  /** Of a lung's outline, what lies on the edge of the frame. */
  cut: 0.3,
  /** Of a lung's width, what lies on the upper and on the lower edge. Films of children often lack the apices. */
  upper: 0.7,
  lower: 0.45,
  /** Of a lung's height, what lies on the left or right edge. */
  side: 0.4,
  /** Height of both lungs together over their width, at least. */
  flat: 0.5,
  /** The same where a lung lies on the upper or lower edge with a fifth of its width. */
  flatAtEdge: 0.6,
  touch: 0.2,
  /** Of both lungs as in `flat`, at most. */
  tall: 1.7,
  /** Between the lungs' long axes, halved, and upright; in degrees. */
  turn: 25,
  /** Of a lung, what lies where the film is black up to the edge. */
  hidden: 0.25,
} as const;

/** What the network saw. */
export interface Film {
  /** [side · side] in 0..1, as `prepared`. */
  readonly data: Float32Array;
  /** Height over width, before it was squashed to a square. */
  readonly proportions: number;
}

export function judge(fields: Fields, frontalLogit: number, film: Film): Judgement {
  const confidence = (1 / (1 + Math.exp(-frontalLogit))) * expectedDice(fields);
  const black = blackAtEdge(film.data, fields.side);
  const [right, left] = [fields.right, fields.left].map((mask) =>
    shapeOf(mask, fields.side, film.proportions, black),
  ) as [Shape, Shape];
  const doubt = doubtOf(right, left) ?? cutOf(right, left, film) ?? turnOf(right, left);
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
    if (lung.hidden > bounds.hidden) return `the ${name} lung would lie where the image is black`;
  }
  if (right.x >= left.x) return 'what looks like the right lung is not left of the other';
  if (Math.min(right.area / left.area, left.area / right.area) < bounds.ratio)
    return 'one lung is many times as large as the other';
  if (Math.abs(right.y - left.y) / Math.max(right.height, left.height) > bounds.lift)
    return 'one lung lies far above the other: the image may be turned';
  return undefined;
}

/** A film cut straight across: a wide part of a lung lies on the edge, or what is left is low for its width. */
function cutOf(right: Shape, left: Shape, { proportions }: Film): string | undefined {
  for (const [name, lung] of [
    ['right', right],
    ['left', left],
  ] as const) {
    for (const [edge, share, bound] of [
      ['upper', lung.onUpper, bounds.upper],
      ['lower', lung.onLower, bounds.lower],
      ['left or right', lung.onSide, bounds.side],
    ] as const) {
      if (share > bound) return `the ${name} lung is cut off by the ${edge} edge of the image`;
    }
  }
  const [top, bottom] = [Math.min(right.top, left.top), Math.max(right.bottom, left.bottom)];
  const [start, end] = [Math.min(right.start, left.start), Math.max(right.end, left.end)];
  const tall = ((bottom - top) / (end - start)) * proportions;
  const atEdge = Math.max(right.onUpper, right.onLower, left.onUpper, left.onLower) > bounds.touch;
  if (tall < (atEdge ? bounds.flatAtEdge : bounds.flat))
    return 'the lungs are too low for their width: the image may be cut above or below';
  if (tall > bounds.tall) return 'the lungs are too high for their width: the image may be cut at its sides';
  return undefined;
}

/** Lungs lean apart, each to its own side, so that half the sum of both angles is that of the film. */
function turnOf(right: Shape, left: Shape): string | undefined {
  const degrees = Math.abs(right.lean + left.lean) / 2;
  if (degrees > bounds.turn) return `the lungs are turned by ${Math.round(degrees)} degrees`;
  return undefined;
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
