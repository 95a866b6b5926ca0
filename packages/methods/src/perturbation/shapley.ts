/**
 * Shapley values of a game between features: exact from all coalitions, and estimated from random orders.
 *
 * Shapley 1953, "A Value for n-Person Games", doi 10.1515/9781400881970-018. Sampling: Castro, Gómez and Tejada 2009,
 * "Polynomial calculation of the Shapley value based on sampling", doi 10.1016/j.cor.2008.04.004.
 */
import { type Generator, uniform } from '../random';

/** All coalitions of `players`; coalition c holds player p where bit p of c is 1. */
export function allCoalitions(players: number): Uint8Array[] {
  return Array.from({ length: 2 ** players }, (_, bits) =>
    Uint8Array.from({ length: players }, (_, player) => (bits >> player) & 1),
  );
}

/** @param scores of `allCoalitions(players)`, in their order */
export function exactShapley(scores: Float64Array, players: number): Float64Array {
  // The share of orders in which exactly these `size` others come before a player: size! (players - 1 - size)! / players!
  const weights = [1 / players];
  for (let size = 1; size < players; size++) weights.push((weights[size - 1]! * size) / (players - size));
  const values = new Float64Array(players);
  for (let bits = 0; bits < scores.length; bits++) {
    let size = 0;
    for (let rest = bits; rest > 0; rest >>= 1) size += rest & 1;
    for (let player = 0; player < players; player++) {
      if ((bits >> player) & 1) continue;
      values[player]! += weights[size]! * (scores[bits | (1 << player)]! - scores[bits]!);
    }
  }
  return values;
}

/** A random order of 0 … count - 1 (Fisher and Yates). */
export function permutation(generator: Generator, count: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(uniform(generator) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/**
 * The coalitions that orders pass through: none, all, and for each order those after its first, second, … last but one.
 */
export function coalitionsOf(orders: readonly (readonly number[])[], players: number): Uint8Array[] {
  const coalitions = [new Uint8Array(players), new Uint8Array(players).fill(1)];
  for (const order of orders) {
    const shown = new Uint8Array(players);
    for (const player of order.slice(0, -1)) {
      shown[player] = 1;
      coalitions.push(shown.slice());
    }
  }
  return coalitions;
}

/**
 * The mean over orders of what each player adds when it comes, and the standard error of that mean (NaN for one order).
 *
 * @param scores of `coalitionsOf(orders, players)`, in their order
 */
export function sampledShapley(
  scores: Float64Array,
  orders: readonly (readonly number[])[],
  players: number,
): { values: Float64Array; standardErrors: Float64Array } {
  const count = orders.length;
  const sums = new Float64Array(players);
  const added = orders.map((order, index) => {
    const own = new Float64Array(players);
    let before = scores[0]!;
    for (const [place, player] of order.entries()) {
      const after = place === players - 1 ? scores[1]! : scores[2 + index * (players - 1) + place]!;
      own[player] = after - before;
      sums[player]! += after - before;
      before = after;
    }
    return own;
  });
  const values = sums.map((sum) => sum / count);
  const standardErrors = values.map((mean, player) => {
    const squares = added.reduce((sum, own) => sum + (own[player]! - mean) ** 2, 0);
    return Math.sqrt(squares / (count - 1) / count);
  });
  return { values, standardErrors };
}
