/** Targets: the index among a model's scores that is explained. */
import { evaluate } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import { Builder, checkTarget, chooseTarget, N, type Target, type Tensor } from '../src/index';

const scores: Tensor = {
  data: Float32Array.of(1, 3, 3, 0, 0, 0, -1, -3, -2),
  shape: [3, 3],
  dtype: 'float32',
};

function chosen(target: Target, given?: bigint[]) {
  const g = new Builder();
  const y = g.input('y', [N, 3]);
  const { index, mask, input, invalid } = chooseTarget(g, y, target);
  const outputs = { index, mask, ...(invalid && { invalid }) };
  const results = evaluate(g.finish({ inputs: [y, ...(input ? [input] : [])], outputs }), {
    y: scores,
    ...(given && {
      target: { data: BigInt64Array.from(given), shape: [given.length], dtype: 'int64' as const },
    }),
  });
  const rows = (tensor: Tensor) =>
    Array.from({ length: tensor.shape[0]! }, (_, row) =>
      Array.from(tensor.data as Float64Array, Number).slice(
        row * tensor.shape[1]!,
        (row + 1) * tensor.shape[1]!,
      ),
    );
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, rows(tensor)]));
}

describe('chooseTarget', () => {
  it.each(['predicted', 'input', 7] as const)(
    'of more outputs than a list can hold is refused: %s',
    (target) => {
      const g = new Builder();
      const y = g.input('y', [N, 2 ** 31 - 1]);
      expect(() => chooseTarget(g, y, target)).toThrow(
        'the output has 2147483647 entries to choose a target among',
      );
    },
  );

  it('predicted is the largest score of each image; a tie goes to the first', () => {
    expect(chosen('predicted')).toEqual({
      index: [[1], [0], [0]],
      mask: [
        [0, 1, 0],
        [1, 0, 0],
        [1, 0, 0],
      ],
    });
  });

  it('a number is that score of every image', () => {
    expect(chosen(2)).toEqual({ index: [[2]], mask: [[0, 0, 1]] });
  });

  it('input is one score an image, and NaN marks an index that does not exist', () => {
    expect(chosen('input', [2n, 3n, -1n])).toEqual({
      index: [[2], [3], [-1]],
      mask: [
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
      ],
      invalid: [[0], [Number.NaN], [Number.NaN]],
    });
  });

  it('refuses an index that is none of the model’s', () => {
    for (const target of [3, -1, 0.5, Number.NaN]) {
      expect(() => chosen(target)).toThrow(
        `target ${target} is out of range: the model has 3 outputs, 0 to 2`,
      );
      expect(() => checkTarget(target, 3)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    }
  });

  it('refuses scores that are not [N, classes], and says what to do', () => {
    const g = new Builder();
    const map = g.input('map', [N, 3, 8, 8]);
    expect(() => chooseTarget(g, map, 'predicted')).toThrow(
      /"map" is \[N, 3, 8, 8\]; give an objective instead/,
    );
  });
});
