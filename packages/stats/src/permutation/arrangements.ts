/**
 * Arrangements: the ways to give the same labels to the images again, all of them or drawn at random.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Labelled } from './design';

export interface Arrangements {
  /** Whether these are all there are, the observed one among them. */
  readonly exact: boolean;
  readonly count: number;
  /**
   * Writes the next arrangements.
   *
   * @param rows one row of labels, one an image, for each arrangement
   */
  next(rows: Float64Array): void;
}

/** The labels of one stratum. */
interface Stratum {
  readonly places: Int32Array;
  /** The rarer first, where there are two different ones. */
  readonly labels: Float64Array;
  /** How many of the rarer there are; undefined where there are more than two different labels. */
  readonly rare: number | undefined;
  /** In how many ways they can be given. */
  readonly ways: number;
}

/**
 * All arrangements where there are at most `permutations`, else so many draws, each arrangement as likely in each.
 * Draw number i of a seed is the same however many are asked for, and however many at a time.
 */
export function arrangementsOf(
  { labels, strata }: Labelled,
  permutations: number,
  seed: number,
): Arrangements {
  const parts = strata.map((places) => stratumOf(labels, places));
  const all = parts.reduce((product, { ways }) => product * ways, 1);
  return all <= permutations
    ? { exact: true, count: all, next: enumerate(parts, labels.length) }
    : { exact: false, count: permutations, next: draw(parts, labels.length, seed) };
}

function stratumOf(all: Float64Array, places: Int32Array): Stratum {
  const labels = Float64Array.from(places, (place) => all[place]!);
  const different = [...new Set(labels)];
  if (different.length > 2) return { places, labels, rare: undefined, ways: waysToOrder(labels.length) };
  const [first, second] = different.map((label) => labels.filter((other) => other === label));
  const [rarer, other] = second && second.length < first!.length ? [second, first!] : [first!, second ?? []];
  const rare = second ? rarer.length : 0;
  return {
    places,
    labels: Float64Array.from([...rarer, ...other]),
    rare,
    ways: waysToChoose(labels.length, rare),
  };
}

/** Number after number stands for an arrangement: a digit for each stratum. */
function enumerate(strata: readonly Stratum[], images: number): Arrangements['next'] {
  let next = 0;
  return (rows) => {
    for (let start = 0; start < rows.length; start += images) {
      let index = next++;
      for (const stratum of strata) {
        const give = stratum.rare === undefined ? giveOrder : giveChoice;
        give(stratum, index % stratum.ways, rows, start);
        index = Math.floor(index / stratum.ways);
      }
    }
  };
}

/** The arrangement of that number, from 0, where two different labels are given. */
function giveChoice(
  { places, labels, rare, ways }: Stratum,
  number: number,
  rows: Float64Array,
  start: number,
): void {
  let index = number;
  let left = rare!;
  // In how many ways the places that are left can be labelled.
  let rest = ways;
  for (let at = 0; at < places.length; at++) {
    const withRare = (rest * left) / (places.length - at);
    const isRare = index < withRare;
    rows[start + places[at]!] = isRare ? labels[0]! : labels[labels.length - 1]!;
    if (isRare) {
      rest = withRare;
      left--;
    } else {
      index -= withRare;
      rest -= withRare;
    }
  }
}

/** The arrangement of that number, from 0, where each label is one of its own: the digits are those of factorials. */
function giveOrder(
  { places, labels, ways }: Stratum,
  number: number,
  rows: Float64Array,
  start: number,
): void {
  const left = Array.from(labels);
  let index = number;
  let rest = ways;
  for (const place of places) {
    rest /= left.length;
    const at = Math.floor(index / rest);
    index -= at * rest;
    rows[start + place] = left.splice(at, 1)[0]!;
  }
}

/** Steps of a shuffle that one random number serves, as its digits: their places have the steps' bounds. */
interface Draw {
  /** The step after the last. */
  readonly end: number;
  /** Numbers from here on are drawn again, so that each of what is below is as likely. */
  readonly limit: number;
}

/** At most so many values of the digits: of 2³² numbers hardly any is drawn again. */
const AT_ONCE = 2 ** 26;

function drawsOf(size: number, steps: number): Draw[] {
  const draws: Draw[] = [];
  for (let at = 0; at < steps; ) {
    let values = size - at++;
    while (at < steps && values * (size - at) <= AT_ONCE) values *= size - at++;
    draws.push({ end: at, limit: 2 ** 32 - (2 ** 32 % values) });
  }
  return draws;
}

/** Fisher and Yates's shuffle; where two different labels are given, it ends when the rarer has its places. */
function draw(strata: readonly Stratum[], images: number, seed: number): Arrangements['next'] {
  const random = xoroshiro128plus(seed);
  const shuffles = strata.map(({ places, labels, rare }) => {
    const order = places.slice();
    return { order, labels, draws: drawsOf(order.length, rare ?? order.length) };
  });
  // What a place has unless it is drawn.
  const common = new Float64Array(images);
  for (const { places, labels } of strata) for (const place of places) common[place] = labels.at(-1)!;
  return (rows) => {
    rows.set(common);
    for (let filled = images; filled < rows.length; filled *= 2) rows.copyWithin(filled, 0, filled);
    for (let start = 0; start < rows.length; start += images) {
      for (const { order, labels, draws } of shuffles) {
        const size = order.length;
        let at = 0;
        for (const { end, limit } of draws) {
          let number = random.next() + 2 ** 31;
          while (number >= limit) number = random.next() + 2 ** 31;
          // Whole numbers of 32 bits are divided several times as fast as others.
          let digits = number >>> 0;
          for (; at < end; at++) {
            const bound = size - at;
            const rest = (digits / bound) >>> 0;
            const other = at + digits - rest * bound;
            digits = rest;
            const place = order[other]!;
            order[other] = order[at]!;
            order[at] = place;
            rows[start + place] = labels[at]!;
          }
        }
      }
    }
  };
}

/** Both are exact while below 2⁵³; what is larger is only compared. */
function waysToChoose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

function waysToOrder(n: number): number {
  let ways = 1;
  for (let i = 2; i <= n; i++) ways *= i;
  return ways;
}
