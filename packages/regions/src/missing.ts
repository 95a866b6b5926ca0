/** Regions that a file of annotations may lack: what every reader of such files does about it. */
import { SaliencyError } from '@regional-saliency/core';
import { emptyMask, type Region } from './region';
import { union } from './set-operations';

export interface ReaderOptions {
  /** A region that the file holds nothing for: an error (the default), or a region without pixels. */
  readonly missing?: 'error' | 'empty';
  /** What to call the file in errors. */
  readonly source?: string;
}

/**
 * The union of the shapes that a file holds for a region.
 *
 * @param what names what was looked for, such as `category "lung"`
 * @param found names what the file holds instead
 * @throws SaliencyError `bad-input` where there are no shapes, unless `missing` is "empty"
 */
export function unionOfFound(
  name: string,
  shapes: readonly Region[],
  { missing = 'error', source = 'the file' }: ReaderOptions,
  what: string,
  found: Iterable<string | number>,
): Region {
  if (shapes.length > 0) return union(name, ...shapes);
  if (missing === 'empty') return { name, mask: emptyMask };
  throw new SaliencyError(
    'bad-input',
    `${source} has no ${what} (${name}); it holds ${listed(found)}: where a region may be absent, say missing "empty"`,
  );
}

/** A dozen names at most, for a sentence. */
export function listed(names: Iterable<string | number>): string {
  const all = [...new Set(names)];
  if (all.length === 0) return 'none';
  return `${all.slice(0, 12).join(', ')}${all.length > 12 ? ', …' : ''}`;
}
