/** Files of onnxruntime's own quantiser (tools/reference/quantized.py): what we explain is what their integers stand for. */
import { readFileSync } from 'node:fs';
import { evaluate } from '@regional-saliency/conformance';
import { compile, type Graph, type Method, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../src/index';

interface Case {
  /** What onnxruntime computes with the integers. */
  readonly integers: number[];
  /** The real numbers a QDQ file stands for, on onnxruntime, and the gradient of the highest score in float64. */
  readonly real?: number[];
  readonly gradient?: number[];
}

const bytes = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const { shape, images, float, cases } = JSON.parse(bytes('quantized.json').toString()) as {
  shape: number[];
  images: number[];
  float: number[];
  cases: Record<string, Case>;
};
const input = tensor(Float64Array.from(images), shape);
const classes = float.length / shape[0]!;

const read = (name: string) => readOnnx(bytes(`quantized-${name}.onnx`));
const output = (graph: Graph) => Array.from(evaluate(graph, { input }).logits!.data as Float64Array);

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));
const apart = (a: readonly number[], b: readonly number[]) =>
  largest(a.map((value, at) => value - b[at]!)) / largest(b);
const winners = (scores: readonly number[]) =>
  Array.from({ length: shape[0]! }, (_, image) => {
    const row = scores.slice(image * classes, (image + 1) * classes);
    return row.indexOf(Math.max(...row));
  });

describe.each(Object.entries(cases))('a network that onnxruntime quantised as %s', (name, { integers }) => {
  it('has the class that its integers have, as near to them as rounding the network leaves them', () => {
    const ours = output(read(name));
    expect(winners(ours)).toEqual(winners(integers));
    // Both are the float network but for 8 bits a number.
    expect(apart(ours, integers)).toBeLessThan(Math.max(0.02, 1.5 * apart(integers, float)));
  });
});

describe.each(Object.entries(cases).filter(([, { real }]) => real))(
  'a file of pairs, %s,',
  (name, { real, gradient }) => {
    it('computes the real numbers that its integers stand for', () => {
      expect(apart(output(read(name)), real!)).toBeLessThan(1e-6);
    });

    it('has their float64 gradient', () => {
      const method: Method = {
        id: 'gradient',
        options: {},
        build: ({ input: image, backward }) => backward([image]).get(image)!,
      };
      const { relevance } = evaluate(compile(read(name), { method }).graph, { input });
      expect(apart(Array.from(relevance!.data as Float64Array), gradient!)).toBeLessThan(1e-6);
    });
  },
);

it.each(['', '-channel'])('both formats of a quantised network%s are read as the same function', (how) => {
  expect(apart(output(read(`qoperator${how}`)), output(read(`qdq${how}`)))).toBeLessThan(1e-6);
});

it('dynamic quantisation is refused with the cure', () => {
  expect(() => read('dynamic')).toThrow(/DynamicQuantizeLinear|ConvInteger/);
});
