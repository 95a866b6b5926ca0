/** Seeded choices. */
import { randomFrom } from '../../packages/conformance/src/random';

export interface Random {
  /** A whole number from 0 to below `count` (0 where that is 0). */
  below(count: number): number;
  of<T>(items: readonly T[]): T;
}

export function randomOf(seed: string): Random {
  const next = randomFrom(seed);
  const below = (count: number) => Math.floor(next() * count);
  return { below, of: (items) => items[below(items.length)]! };
}
