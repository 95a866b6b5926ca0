/**
 * Damage of a tfjs model: its model.json as a tree of places, of which some get another value, and the weights beside it.
 *
 * Both are one input, `{ json, weights }` with the weights in base64.
 */
import type { Random } from './random';

export interface TfjsFile {
  json: unknown;
  weights: string;
}

type Holder = Record<string, unknown> | unknown[];
type Place = readonly [holder: Holder, key: string | number];

const valueAt = ([holder, key]: Place) => (holder as Record<string | number, unknown>)[key];

function placesOf(root: Holder): Place[] {
  const places: Place[] = [];
  const stack = [root];
  while (stack.length > 0) {
    const holder = stack.pop()!;
    for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
      places.push([holder, key]);
      const value = valueAt([holder, key]);
      if (typeof value === 'object' && value !== null) stack.push(value as Holder);
    }
  }
  return places;
}

const numbers = [0, -1, 1, 2, 3, 0.5, 255, 65_536, 2 ** 31, 2 ** 53, 1e300, -(2 ** 31)];
const texts = [
  '',
  'x',
  '-1',
  '9007199254740993',
  '../../secret',
  '__proto__',
  'constructor',
  'é\n',
  'float32',
  'same',
];

export function damageTfjs(file: TfjsFile, random: Random): TfjsFile {
  const damaged = structuredClone(file);
  if (random.below(12) === 0) {
    damaged.weights = damaged.weights.slice(0, random.below(damaged.weights.length + 1));
    return damaged;
  }
  for (let times = 1 + random.below(5); times > 0; times--) {
    const places = placesOf({ json: damaged.json });
    damage(random.of(places), places, damaged, random);
  }
  return damaged;
}

function damage(place: Place, places: readonly Place[], file: TfjsFile, random: Random): void {
  const [holder, key] = place;
  const value = valueAt(place);
  const put = (other: unknown) => {
    (holder as Record<string | number, unknown>)[key] = other;
    if (key === 'json') file.json = other;
  };
  const alike = () => {
    const same = places.filter((other) => kindOf(valueAt(other)) === kindOf(value));
    return structuredClone(valueAt(random.of(same)));
  };
  const changes: (() => void)[] = [
    () => put(alike()),
    () => put(alike()),
    () => put(random.of(numbers)),
    () => put(random.of(texts)),
    () => put(random.of([null, true, false, [], {}])),
    () => put(structuredClone(valueAt(random.of(places)))),
    () => put(new Array(random.below(30)).fill(value)),
    () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    () => Array.isArray(value) && value.push(...value.slice(random.below(value.length))),
    () => Array.isArray(value) && value.reverse(),
  ];
  random.of(changes)();
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}
