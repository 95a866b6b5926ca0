/**
 * The curves that the anatomy is drawn with: only + − × ÷ and the square root, which IEEE 754 rounds exactly, so that
 * the same numbers give the same bytes on every machine. A sine's or an exponential's last bit is the engine's own.
 */

/** 0 below −width, 1 above +width, smooth between. */
export function soft(distance: number, width: number): number {
  const t = clamp(0.5 + distance / (2 * width), 0, 1);
  return t * t * (3 - 2 * t);
}

/** A smooth hill: 1 at 0, 0 beyond ±1. */
export function bump(distance: number): number {
  const rest = 1 - distance * distance;
  return rest > 0 ? rest * rest : 0;
}

/** A sine-like wave of period 1 and range ±1, made of parabolas. */
export function wave(at: number): number {
  const t = at - Math.floor(at);
  return t < 0.5 ? 16 * t * (0.5 - t) : -16 * (t - 0.5) * (1 - t);
}

/** The first quarter of an ellipse: 0 at 0, steep, level at 1 and after. */
export function quarterRound(at: number): number {
  const t = clamp(at, 0, 1);
  return Math.sqrt(t * (2 - t));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
