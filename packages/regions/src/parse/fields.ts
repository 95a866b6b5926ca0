/** Reading the fields of JSON that a person wrote: each mistake is named by its place. */
import { SaliencyError } from '@regional-saliency/core';
import type { Point } from '../coordinates';

/** A JSON object together with where it stands, such as `regions[2]`. */
export interface Fields {
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export function refuse(where: string, problem: string): never {
  throw new SaliencyError('bad-input', `${where} ${problem}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses a field that nothing reads, which is most often a misspelt one. */
export function onlyKnown({ where, values }: Fields, known: readonly string[]): void {
  const stranger = Object.keys(values).find((key) => !known.includes(key));
  if (stranger !== undefined) refuse(where, `has a field "${stranger}": it takes ${known.join(', ')}`);
}

export function textOf({ where, values }: Fields, key: string): string {
  const value = values[key];
  if (typeof value !== 'string' || value === '') refuse(where, `needs "${key}", a text`);
  return value;
}

export function choiceOf<const Choices extends readonly [string, ...(string | number)[]]>(
  { where, values }: Fields,
  key: string,
  choices: Choices,
): Choices[number] {
  const value = values[key] ?? choices[0];
  const choice = choices.find((each) => each === value);
  return choice ?? refuse(where, `has "${key}" ${JSON.stringify(value)}: choose ${choices.join(' or ')}`);
}

export function numberOf({ where, values }: Fields, key: string): number {
  const value = values[key];
  return typeof value === 'number' ? value : refuse(where, `needs "${key}", a number`);
}

/** A whole number from 0, if it is there. */
export function wholeOf({ where, values }: Fields, key: string): number | undefined {
  const value = values[key];
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0))
    return value as number | undefined;
  return refuse(where, `has "${key}" ${JSON.stringify(value)}, and needs a whole number from 0`);
}

/** True or false; `otherwise` where it is not there. */
export function flagOf({ where, values }: Fields, key: string, otherwise: boolean): boolean {
  const value = values[key] ?? otherwise;
  return typeof value === 'boolean' ? value : refuse(where, `has "${key}" that is neither true nor false`);
}

export function textsOf({ where, values }: Fields, key: string): Record<string, string> {
  const value = values[key];
  if (!isObject(value) || !Object.values(value).every((each) => typeof each === 'string')) {
    refuse(where, `needs "${key}", an object of texts`);
  }
  return value as Record<string, string>;
}

/** What stands in a file and the name of the region that it becomes: `{ "1": "right lung" }`. */
export function namesOf(entry: Fields, key: string): Record<string, string> {
  const names = textsOf(entry, key);
  if (Object.keys(names).length === 0) refuse(entry.where, `names no ${key}`);
  return names;
}

/** Corners by name: `{ "heart": [[0.4, 0.5], …] }`. */
export function polygonsOf(where: string, value: unknown): Record<string, Point[]> {
  if (!isObject(value) || Object.keys(value).length === 0) {
    refuse(where, 'needs polygons by name, such as {"heart": [[0.4, 0.5], [0.6, 0.5], [0.5, 0.8]]}');
  }
  for (const [name, points] of Object.entries(value)) {
    const wellFormed =
      Array.isArray(points) &&
      points.every(
        (point) =>
          Array.isArray(point) &&
          point.length === 2 &&
          point.every((coordinate) => typeof coordinate === 'number'),
      );
    if (!wellFormed) refuse(where, `has a polygon "${name}" that is no list of points [x, y]`);
  }
  return value as Record<string, Point[]>;
}
