/**
 * How many images fit in a memory budget: from the sizes of the values that a program holds at the same time.
 */
import { type Graph, type Node, nodesOf, SaliencyError, sizeAt, type Value } from '@regional-saliency/core';
import { allMultiplyAddsOf, isGraph } from './costs';

const widths: Record<string, number> = { 64: 8, 32: 4, 16: 2, 8: 1, bool: 1 };

function bytesOf(value: Value, batch: number): number {
  const width = widths[value.dtype.replace(/^[a-z]*(?=\d)/, '')] ?? 4;
  return value.shape.reduce<number>((size, dim) => size * sizeAt(dim, batch), width);
}

/**
 * The most bytes that the values of a program take at one time when its nodes run in order and a value is freed after
 * its last reader, a loop's own among them. Constants are not counted: they don't grow with the batch.
 */
export function peakBytes(graph: Graph, batch: number): number {
  const nodes = nodesOf(graph);
  const lastReader = new Map<Value, number>();
  nodes.forEach((node, index) => {
    for (const input of node.inputs) if (input?.node) lastReader.set(input, index);
  });
  for (const output of Object.values(graph.outputs)) lastReader.set(output, nodes.length);
  const freed = new Map<number, Value[]>();
  for (const [value, index] of lastReader) freed.set(index, [...(freed.get(index) ?? []), value]);
  let live = graph.inputs.reduce((sum, value) => sum + bytesOf(value, batch), 0);
  let peak = live;
  nodes.forEach((node, index) => {
    for (const value of node.outputs) live += bytesOf(value, batch);
    peak = Math.max(peak, live + within(node, batch));
    // An output that nothing reads is freed at once.
    for (const value of node.outputs) if (!lastReader.has(value)) live -= bytesOf(value, batch);
    for (const value of freed.get(index) ?? []) live -= bytesOf(value, batch);
  });
  return peak;
}

/** What one turn of a loop holds of its own, besides what it reads from outside. */
function within({ attributes: { body } }: Node, batch: number): number {
  if (!isGraph(body)) return 0;
  return peakBytes(body, batch) - body.inputs.reduce((sum, value) => sum + bytesOf(value, batch), 0);
}

/** Never more images at once than this: a larger batch is no faster on a CPU, and a study stops between batches. */
const MOST = 8;

/** Nor more multiply-adds in one run: a second's work or less on most machines, so that a study is seen to move. */
const MOST_WORK = 4e10;

/** The batch for a budget in bytes, at least 1 and at most 8. */
export function batchFor(graph: Graph, budget: number): number {
  const one = peakBytes(graph, 1);
  const each = Math.max(1, peakBytes(graph, 2) - one);
  const fitting = (budget - (one - each)) / each;
  const quick = MOST_WORK / Math.max(1, allMultiplyAddsOf(graph));
  return Math.max(1, Math.floor(Math.min(MOST, fitting, quick)));
}

const units: Record<string, number> = { B: 1, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 };
const decimals: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes from `2 GiB`, `500 MB` or a plain number. */
export function parseBytes(text: string | number): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/i.exec(String(text).trim());
  const unit = (match?.[2] ?? 'B').toUpperCase();
  const factor = units[unit] ?? decimals[unit];
  if (!match || !factor || Number(match[1]) <= 0) {
    throw new SaliencyError('bad-input', `"${text}" is no amount of memory: write it as "2 GiB" or "500 MB"`);
  }
  return Math.floor(Number(match[1]) * factor);
}
