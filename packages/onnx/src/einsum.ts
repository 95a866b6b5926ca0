/**
 * Einsum in the operators that it stands for: each pair of operands becomes one matrix product (or an elementwise one, where
 * no label is summed over), with transposes and reshapes around it.
 */
import {
  type Builder,
  broadcastShapes,
  type Dim,
  fixedSize,
  productOf,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';

/** A tensor with a label for each axis. The axes of an ellipsis are labelled by their place from the end: `-1`, `-2` … */
interface Labelled {
  readonly value: Value;
  readonly labels: readonly string[];
}

/** @throws SaliencyError where the equation does not fit the operands */
export function einsum(g: Builder, equation: string, operands: readonly Value[]): Value {
  const [left = '', right] = equation.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  if (terms.length !== operands.length) {
    throw new SaliencyError(
      'bad-file',
      `the equation "${equation}" takes ${terms.length} operands, not ${operands.length}`,
    );
  }
  const parts = terms.map((term, index) => {
    const value = operands[index]!;
    return diagonal(g, { value, labels: labelsOf(term, value.shape.length, equation) });
  });
  const all = parts.flatMap(({ labels }) => labels);
  const rest = ellipsis(all);
  const wanted = right === undefined ? implied(all, rest) : outputLabels(right, rest);
  let [result] = parts as [Labelled, ...Labelled[]];
  for (const [index, part] of parts.slice(1).entries()) {
    const later = new Set([...wanted, ...parts.slice(index + 2).flatMap(({ labels }) => labels)]);
    result = contract(g, result, part, later);
  }
  return ordered(g, summed(g, result, new Set(wanted)), wanted);
}

function labelsOf(term: string, rank: number, equation: string): string[] {
  const [before, after] = term.split('...') as [string, string | undefined];
  const named = before.length + (after?.length ?? 0);
  if (after === undefined ? named !== rank : named > rank) {
    throw new SaliencyError('bad-file', `"${term}" of the equation "${equation}" does not fit ${rank} axes`);
  }
  const open = Array.from({ length: rank - named }, (_, at) => String(at - rank + named));
  return [...before, ...(after === undefined ? [] : open), ...(after ?? '')];
}

const isOpen = (label: string) => label.startsWith('-');

/** The axes that ellipses stand for, first to last. */
function ellipsis(labels: readonly string[]): string[] {
  return [...new Set(labels.filter(isOpen))].sort((a, b) => Number(a) - Number(b));
}

/** Without an arrow: the ellipsis, then the labels that occur once, by the alphabet. */
function implied(all: readonly string[], rest: readonly string[]): string[] {
  const once = all.filter((label) => !isOpen(label) && all.indexOf(label) === all.lastIndexOf(label));
  return [...rest, ...once.sort()];
}

function outputLabels(right: string, rest: readonly string[]): string[] {
  const [before, after] = right.split('...') as [string, string | undefined];
  return after === undefined ? [...before] : [...before, ...rest, ...after];
}

/** A label twice in one operand means its diagonal. */
function diagonal(g: Builder, { value, labels }: Labelled): Labelled {
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice === undefined) return { value, labels };
  const [first, second] = [labels.indexOf(twice), labels.lastIndexOf(twice)];
  const others = [...labels.keys()].filter((axis) => axis !== first && axis !== second);
  const size = fixedSize(value.shape[first]!, 'the size of a diagonal');
  const outer = others.map((axis) => value.shape[axis]!);
  // Row-major, the diagonal is every (size + 1)-th element.
  const flat = g.reshape(g.transpose(value, [...others, first, second]), [...outer, size * size]);
  const taken = size === 1 ? flat : g.slice(flat, [0], [size * size], [outer.length], [size + 1]);
  return diagonal(g, { value: taken, labels: [...others.map((axis) => labels[axis]!), twice] });
}

/** Sums over every label that is not kept. */
function summed(g: Builder, { value, labels }: Labelled, kept: ReadonlySet<string>): Labelled {
  const axes = [...labels.keys()].filter((axis) => !kept.has(labels[axis]!));
  return { value: g.reduceSum(value, axes, false), labels: labels.filter((label) => kept.has(label)) };
}

/** Brings the axes into an order of labels; labels that are not there become axes of 1. */
function ordered(g: Builder, { value, labels }: Labelled, wanted: readonly string[]): Value {
  const there = wanted.filter((label) => labels.includes(label));
  const turned = g.transpose(
    value,
    there.map((label) => labels.indexOf(label)),
  );
  const sizes = wanted.map((label): Dim => {
    const at = labels.indexOf(label);
    return at < 0 ? 1 : value.shape[at]!;
  });
  return g.reshape(turned, sizes);
}

function contract(g: Builder, first: Labelled, second: Labelled, later: ReadonlySet<string>): Labelled {
  const a = summed(g, first, new Set([...later, ...second.labels]));
  const b = summed(g, second, new Set([...later, ...first.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.has(label));
  const inner = shared.filter((label) => !later.has(label));
  const ownOfA = a.labels.filter((label) => !shared.includes(label));
  const ownOfB = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...ownOfA, ...ownOfB];
  if (inner.length === 0) return { value: g.mul(ordered(g, a, labels), ordered(g, b, labels)), labels };
  const sizesOf = ({ value, labels: own }: Labelled, list: readonly string[]) =>
    list.map((label) => value.shape[own.indexOf(label)]!);
  const rows = g.reshape(ordered(g, a, [...batch, ...ownOfA, ...inner]), [
    ...sizesOf(a, batch),
    productOf(sizesOf(a, ownOfA)),
    productOf(sizesOf(a, inner)),
  ]);
  const columns = g.reshape(ordered(g, b, [...batch, ...inner, ...ownOfB]), [
    ...sizesOf(b, batch),
    productOf(sizesOf(b, inner)),
    productOf(sizesOf(b, ownOfB)),
  ]);
  const outer = broadcastShapes(sizesOf(a, batch), sizesOf(b, batch));
  const value = g.reshape(g.matMul(rows, columns), [...outer, ...sizesOf(a, ownOfA), ...sizesOf(b, ownOfB)]);
  return { value, labels };
}
