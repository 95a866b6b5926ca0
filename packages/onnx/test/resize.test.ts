/** Resize in every opset's words: what is written and read again computes the same. */
import { conformanceCases, evaluate } from '@regional-saliency/conformance';
import { nodesOf } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { readOnnx, writeOnnx } from '../src/index';
import { file, info, listed, node } from './files';

const cases = conformanceCases().filter(({ name }) => name.startsWith('Resize'));

describe.each([16, 17, 18, 19, 23])('written in opset %i and read again', (opset) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { program, runs }) => {
    const again = readOnnx(writeOnnx(program, { opset }));
    for (const feeds of runs) {
      const [wanted, got] = [program, again].map((graph) => evaluate(graph, feeds));
      for (const [name, { data, shape }] of Object.entries(wanted!)) {
        expect(got![name]!.shape).toEqual(shape);
        // Scales and matrices are float32 in a file.
        for (const [at, value] of (data as Float64Array).entries())
          expect(Math.abs(Number(got![name]!.data[at]) - value)).toBeLessThan(2e-6);
      }
    }
  });
});

it('Resize to the same size is nothing', () => {
  const nodes = [node('Resize', ['x', '', 'scales'], ['z']), node('Neg', ['z'], ['y'])];
  const initializers = [listed('scales', [3], [1, 1, 1])];
  const graph = readOnnx(file({ nodes, initializers, inputs: [info('x', ['N', 2, 3])] }));
  expect(nodesOf(graph).map(({ op }) => op)).toEqual(['Neg']);
});

it('a Resize that cuts out first, or resizes the batch, is refused', () => {
  const read = (scales: number[], attributes = {}) =>
    readOnnx(
      file({
        nodes: [node('Resize', ['x', '', 'scales'], ['y'], attributes)],
        initializers: [listed('scales', [3], scales)],
        inputs: [info('x', ['N', 2, 3])],
      }),
    );
  expect(() => read([1, 1, 2], { coordinate_transformation_mode: 'tf_crop_and_resize' })).toThrow(
    'coordinate_transformation_mode "tf_crop_and_resize" is not supported',
  );
  expect(() => read([2, 1, 1])).toThrow('the batch can’t be resized');
});
