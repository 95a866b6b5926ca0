/** Why a detector found a box, or placed an edge of it there. */
import type { Builder } from '../builder';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import type { Objective } from '../target';
import { entryOf, named, oneHot, outputOfShape } from './output';

export interface DetectorBoxOptions {
  /** Which box, by its place among the detector's boxes; default `best`, the one with the class's largest score. */
  readonly box?: number | 'best' | undefined;
  /** Explains a coordinate of the box instead of its score: its place among the entries of `boxes`, such as 0 to 3. */
  readonly coordinate?: number | undefined;
  /** The output with the scores; to be named where several could be it, unless a coordinate of a numbered box is explained. */
  readonly scores?: string | undefined;
  /** The output with the boxes, for a coordinate; to be named where several could be it. */
  readonly boxes?: string | undefined;
  /** The axis of both along which boxes lie: 1 (default) for [N, boxes, …], 2 for [N, …, boxes]. */
  readonly axis?: 1 | 2 | undefined;
}

/**
 * One box of a detector: its score for a class, or one of its coordinates, before boxes are merged (non-maximum suppression
 * has no gradient; export the detector without it).
 *
 * Scores are [N, boxes, classes], boxes [N, boxes, 4]; or with `axis: 2` [N, classes, boxes]. Where one output holds
 * coordinates and scores behind each other, `classIndex` counts from its beginning. A coordinate is explained in the model's
 * own units, centre and size or corners; which box it is, where the best is asked for, is taken as given.
 *
 * @throws SaliencyError `bad-input` when compiled, for a class, box or coordinate that the outputs do not have
 */
export const detectorBox = (
  classIndex: number,
  { box = 'best', coordinate, scores: scoresName, boxes: boxesName, axis = 1 }: DetectorBoxOptions = {},
): Objective =>
  named(`detector-box=${classIndex},${box},${coordinate ?? 'score'}`, (g, outputs, target) => {
    const shape = axis === 1 ? ['N', 'boxes', 'entries'] : ['N', 'entries', 'boxes'];
    const entries = (what: 'scores' | 'boxes', name: string | undefined, index: number) => {
      const output = outputOfShape(
        outputs,
        'detectorBox',
        shape,
        name ?? onlyOne(outputs, shape.length, what),
      );
      return entryOf(g, output, 3 - axis, index, target, 'detectorBox');
    };
    if (coordinate === undefined) {
      const scores = entries('scores', scoresName, classIndex);
      return ofBox(g, scores, scores, box, target);
    }
    const coordinates = entries('boxes', boxesName, coordinate);
    if (box !== 'best') return entryOf(g, coordinates, 1, box, target, 'detectorBox');
    return ofBox(g, coordinates, entries('scores', scoresName, classIndex), box, target);
  });

/** An output that could be the one looked for; of several, taking the first would explain another number without a word. */
function onlyOne(outputs: Readonly<Record<string, Value>>, rank: number, what: string): string | undefined {
  const names = Object.keys(outputs).filter((name) => outputs[name]!.shape.length === rank);
  if (names.length < 2) return names[0];
  throw new SaliencyError(
    'bad-input',
    `detectorBox can't know which output holds the ${what}, ${names.map((name) => JSON.stringify(name)).join(' or ')}: name it by "${what}"`,
  );
}

/** @param values [N, boxes] @param scores [N, boxes], which say what box is best */
function ofBox(g: Builder, values: Value, scores: Value, box: number | 'best', target: Value): Value {
  if (box !== 'best') return entryOf(g, values, 1, box, target, 'detectorBox');
  if (values.shape[1] !== scores.shape[1]) {
    throw new SaliencyError(
      'bad-input',
      `detectorBox needs as many boxes as scores, but there are ${values.shape[1]} and ${scores.shape[1]}`,
    );
  }
  const best = g.op('ArgMax', [scores], { axis: 1, keepdims: 1 });
  return g.reduceSum(g.mul(values, oneHot(g, values, 1, best)), [1], false);
}
