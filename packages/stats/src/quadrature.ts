/** Quadrature of smooth functions, for the distributions that are integrals. */

/** Gauss-Legendre quadrature in panels of 16 nodes, each at most twice as long as the scale on which f varies. */
export function integrate(f: (x: number) => number, low: number, high: number, scale: number): number {
  const panels = Math.ceil((high - low) / (2 * scale));
  const half = (high - low) / panels / 2;
  let sum = 0;
  for (let panel = 0; panel < panels; panel++) {
    const middle = low + (2 * panel + 1) * half;
    for (const { x, weight } of legendre) sum += weight * (f(middle - half * x) + f(middle + half * x));
  }
  return panels > 0 ? sum * half : 0;
}

/** The positive nodes and the weights of 16-point Gauss-Legendre quadrature on [−1, 1], by Newton's method. */
const legendre = Array.from({ length: 8 }, (_, i) => {
  const n = 16;
  let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
  let slope = 1;
  for (let step = 0; step < 6; step++) {
    let [previous, value] = [1, x];
    for (let k = 2; k <= n; k++)
      [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
    slope = (n * (x * value - previous)) / (x * x - 1);
    x -= value / slope;
  }
  return { x, weight: 2 / ((1 - x * x) * slope * slope) };
});
