/**
 * Targets and objectives: the scalar of each image that is explained.
 *
 * A target is an index among the model's outputs: fixed, given with each image as an input of the program, or the
 * predicted one (the largest; a tie goes to the first). An objective is any scalar built on the outputs.
 */
import type { Builder } from './builder';
import { fixedSize, showShape } from './dimension';
import { SaliencyError } from './errors';
import type { Value } from './graph';
import type { Tensor } from './tensor';

export type Target = 'predicted' | 'input' | number;

/** Builds one scalar an image, shape [N], from the model's outputs and the chosen index ([N, 1], int64). */
export interface Objective {
  (g: Builder, outputs: Readonly<Record<string, Value>>, target: Value): Value;
  /** What it is, for the program's metadata. */
  readonly about?: string;
}

export interface ChosenTarget {
  /** The index for each image: [N, 1] int64 (or [1, 1] where it is fixed). */
  readonly index: Value;
  /** 1 at the target, 0 elsewhere: [N, C] (or [1, C]). */
  readonly mask: Value;
  /** The program's own input for it, where there is one. */
  readonly input?: Value | undefined;
  /** 0 for images whose index exists and NaN for others, [N, 1]; absent where it can't be wrong. */
  readonly invalid?: Value | undefined;
}

/** The name of the program's target input. */
export const TARGET = 'target';

/**
 * The target as a value of the program, and what picks its score.
 *
 * @param output the model's scores, [N, C]
 */
export function chooseTarget(g: Builder, output: Value, target: Target): ChosenTarget {
  if (output.shape.length !== 2) {
    throw new SaliencyError(
      'unsupported',
      `a target needs an output of shape [N, classes], but "${output.name ?? 'output'}" is ${showShape(output.shape)}; give an objective instead`,
    );
  }
  const classes = fixedSize(output.shape[1]!, 'the number of classes');
  const places = indicesOf(g, classes, [1, classes]);
  const maskOf = (index: Value) => g.cast(g.op('Equal', [places, index]), output.dtype);
  if (target === 'predicted') {
    const index = g.op('ArgMax', [output], { axis: 1, keepdims: 1 });
    return { index, mask: maskOf(index) };
  }
  if (target === 'input') {
    const input = g.input(TARGET, [output.shape[0]!], 'int64');
    const index = g.reshape(input, [output.shape[0]!, 1]);
    const inside = g.op('And', [
      g.op('GreaterOrEqual', [index, g.scalar(0, 'int64')]),
      g.less(index, g.scalar(classes, 'int64')),
    ]);
    return { index, mask: maskOf(index), input, invalid: g.where(inside, g.scalar(0), g.scalar(Number.NaN)) };
  }
  checkTarget(target, classes);
  const index = g.constant([target], [1, 1], 'int64');
  const chosen = Float32Array.from({ length: classes }, (_, at) => Number(at === target));
  return { index, mask: g.constant(chosen, [1, classes]) };
}

/** The largest number of entries that one can be chosen among: the list of their indices becomes part of the program. */
const MOST = 2 ** 22;

/** 0, 1, 2 …, int64 of the shape given. @throws SaliencyError `unsupported` for millions, which no model means */
export function indicesOf(g: Builder, count: number, shape: readonly number[]): Value {
  if (count > MOST) {
    throw new SaliencyError(
      'unsupported',
      `the output has ${count} entries to choose a target among, and ${MOST} is the most: name another output, or check the model's sizes`,
    );
  }
  return g.constant(
    Array.from({ length: count }, (_, at) => at),
    shape,
    'int64',
  );
}

/** Refuses an index that the output does not have. */
export function checkTarget(target: number, classes: number): void {
  if (!Number.isInteger(target) || target < 0 || target >= classes) {
    throw new SaliencyError(
      'bad-input',
      `target ${target} is out of range: the model has ${classes} outputs, 0 to ${classes - 1}`,
    );
  }
}

/**
 * The index to explain for each image, as it was given.
 *
 * @param wanted whether the explainer takes one with its images
 * @returns one index an image; undefined where none is wanted
 * @throws SaliencyError `bad-input` where one is given unasked, missing, or out of range
 */
export function givenTargets(
  wanted: boolean,
  target: number | ArrayLike<number> | undefined,
  count: number,
  classes: number,
): number[] | undefined {
  if (!wanted) {
    if (target !== undefined) {
      throw new SaliencyError(
        'bad-input',
        "this explainer's target is settled; make it with target: 'input' to give one",
      );
    }
    return undefined;
  }
  if (target === undefined)
    throw new SaliencyError('bad-input', 'this explainer needs a target for each image');
  const targets = typeof target === 'number' ? new Array<number>(count).fill(target) : Array.from(target);
  if (targets.length !== count) {
    throw new SaliencyError('bad-input', `${targets.length} targets were given for ${count} images`);
  }
  for (const index of targets) checkTarget(index, classes);
  return targets;
}

/** The index of the largest score in each row of [N, classes]; a tie goes to the first. */
export function predictedTargets({ data, shape }: Tensor): Int32Array {
  const [count, classes] = shape as [number, number];
  return Int32Array.from({ length: count }, (_, image) => {
    let best = 0;
    for (let at = 1; at < classes; at++) {
      if (data[image * classes + at]! > data[image * classes + best]!) best = at;
    }
    return best;
  });
}
