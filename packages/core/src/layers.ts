/**
 * Layers by name: node path, PyTorch scope or tensor name, exactly or by pattern.
 */
import { SaliencyError } from './errors';
import type { Graph, Value } from './graph';

/** Where all names are to be had, in code and at the command line. */
const LISTED = '`graph.names.keys()` and `regional-saliency inspect` list all';

/**
 * The value that a layer name stands for. A scope such as `layer4` is its last value.
 *
 * @throws SaliencyError `unknown-name`, with the nearest names; `bad-input` for the name of a weight
 */
export function layer(graph: Graph, name: string): Value {
  const value = graph.names.get(name) ?? graph.names.get(name.replace(/^\/|\/$/g, ''));
  if (value?.constant) {
    throw new SaliencyError(
      'bad-input',
      `"${name}" is a constant of the model (a weight, say), not a layer that computes something (${LISTED})`,
    );
  }
  if (value) return value;
  const layers = [...graph.names].filter(([, value]) => !value.constant);
  const near = nearest(
    name,
    layers.map(([name]) => name),
  );
  const hint = near.length > 0 ? `; the nearest are ${near.map((item) => `"${item}"`).join(', ')}` : '';
  throw new SaliencyError('unknown-name', `no layer is called "${name}"${hint} (${LISTED})`);
}

/**
 * The layers that a pattern matches, by name: `*` stands for anything within a dotted part, `**` for anything.
 * A pattern without a star is a name. Where several names mean one value, the shortest is taken.
 */
export function layersMatching(graph: Graph, pattern: string): Map<string, Value> {
  if (!pattern.includes('*')) return new Map([[pattern, layer(graph, pattern)]]);
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^./]*' : part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'),
    )
    .join('');
  const matches = new RegExp(`^${source}$`);
  const names = [...graph.names.keys()]
    .filter((name) => matches.test(name))
    .sort((a, b) => a.length - b.length);
  const found = new Map<Value, string>();
  for (const name of names) {
    const value = graph.names.get(name)!;
    if (value.node && !found.has(value)) found.set(value, name);
  }
  if (found.size === 0) throw new SaliencyError('unknown-name', `no layer matches "${pattern}" (${LISTED})`);
  return new Map([...found].map(([value, name]) => [name, value]));
}

/**
 * The layer a class activation map is made from when none is named: the last value with places left, the one that
 * global pooling or flattening reads.
 */
export function lastSpatialValue(values: Iterable<Value>): Value | undefined {
  let last: Value | undefined;
  for (const value of values) {
    const [, , ...spatial] = value.shape;
    if (value.shape.length === 4 && spatial.every((size) => typeof size === 'number' && size > 1))
      last = value;
  }
  return last;
}

/** Up to `count` names that are closest to the one asked for. */
export function nearest(name: string, names: readonly string[], count = 3): string[] {
  const limit = Math.max(3, Math.ceil(name.length / 2));
  return names
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.other.length - b.other.length)
    .slice(0, count)
    .map(({ other }) => other);
}

/** Levenshtein 1966: insertions, deletions and replacements that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
