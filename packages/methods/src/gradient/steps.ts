/** Where a path from 0 to 1 is looked at and how much each place counts, for integrals over it. */

/** The names are Captum's, and Zennit's own scheme, which is the right Riemann sum. */
export const pathMethods = [
  'gausslegendre',
  'riemann-left',
  'riemann-right',
  'riemann-middle',
  'riemann-trapezoid',
  'zennit',
] as const;

export type PathMethod = (typeof pathMethods)[number];

export interface Steps {
  /** From 0 to 1. */
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Places on the way from a baseline to the image, 0 to 1, and what each counts.
 *
 * @param n how many places; at least 1, and 2 for the trapezoid
 *
 * The trapezoid is Captum's: its places are 1/(n - 1) apart, but each counts 1/n and those at the ends half of it, so its
 * weights sum to 1 - 1/n, and so much of an integral is what it finds. The others sum to 1.
 */
export function stepsOf(method: PathMethod, n: number): Steps {
  if (method === 'gausslegendre') return gaussLegendre(n);
  const numbers = Array.from({ length: n }, (_, at) => at);
  const weights = numbers.map(() => 1 / n);
  switch (method) {
    case 'riemann-left':
      return { places: numbers.map((at) => at / n), weights };
    case 'riemann-middle':
      return { places: numbers.map((at) => (at + 0.5) / n), weights };
    case 'riemann-trapezoid':
      return {
        places: numbers.map((at) => at / (n - 1)),
        weights: numbers.map((at) => (at === 0 || at === n - 1 ? 0.5 : 1) / n),
      };
    default:
      return { places: numbers.map((at) => (at + 1) / n), weights };
  }
}

/**
 * Gauss-Legendre: exact for polynomials up to degree 2n - 1. Places are the roots of the Legendre polynomial, found by
 * Newton's method from Tricomi's approximation (Abramowitz & Stegun 1964, 22.16.6 and 25.4.29).
 */
function gaussLegendre(n: number): Steps {
  const places: number[] = [];
  const weights: number[] = [];
  for (let k = n; k >= 1; k--) {
    let x = Math.cos((Math.PI * (k - 0.25)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      const [value, before] = legendre(n, x);
      slope = (n * (before - x * value)) / (1 - x * x);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    places.push((x + 1) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { places, weights };
}

/** The Legendre polynomials of degree n and n - 1 at x. */
function legendre(n: number, x: number): [number, number] {
  let [value, before] = [1, 0];
  for (let degree = 1; degree <= n; degree++) {
    [value, before] = [((2 * degree - 1) * x * value - (degree - 1) * before) / degree, value];
  }
  return [value, before];
}
