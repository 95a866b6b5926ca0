/**
 * Backward operators lowered to standard ones, in both forms, against their direct definitions: in every program of the
 * suite and over random geometries. What is lowered must also be what ONNX allows, or a runtime may refuse it.
 */
import {
  type Attributes,
  type Graph,
  lower,
  N,
  type Node,
  nodesOf,
  operators,
  type Value,
} from '@regional-saliency/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Case,
  caseOf,
  coarse,
  conformanceCases,
  evaluate,
  type Fill,
  negative,
  normal,
  zeros,
} from '../src';

const forms = [{ portable: false }, { portable: true }];

/** Only sums are ordered otherwise, so double rounding is all that may differ. */
const BOUND = 1e-13;

/** What ONNX says about attributes, for the operators that lowerings write. */
function breaksOnnx({ op, attributes }: Node): string | undefined {
  const { pads, output_padding, strides, dilations } = attributes as Record<string, number[] | undefined>;
  if (op === 'ConvGrad' || op === 'MaxPoolGrad') return 'not an operator of ONNX';
  if (op !== 'Pad' && pads?.some((pad) => pad < 0)) return 'negative pads';
  const tooMuch = output_padding?.some(
    (pad, axis) => pad < 0 || (pad > 0 && pad >= Math.max(strides![axis]!, dilations![axis]!)),
  );
  return tooMuch ? `output_padding [${output_padding}] at strides [${strides}]` : undefined;
}

function check({ program, runs }: Case, portable: boolean): void {
  const lowered = lower(program, { portable });
  expect(nodesOf(lowered).flatMap((node) => breaksOnnx(node) ?? [])).toEqual([]);
  if (portable) expect(usesIndices(lowered)).toBe(false);
  for (const feeds of runs) {
    const expected = evaluate(program, feeds);
    for (const [name, { data, shape }] of Object.entries(evaluate(lowered, feeds))) {
      const truth = expected[name]!;
      expect(shape).toEqual(truth.shape);
      const [got, wanted] = [data, truth.data].map((values) => Array.from(values as Float64Array, Number));
      const largest = Math.max(...wanted!.map((value) => Math.abs(value)));
      const worst = Math.max(...got!.map((value, at) => Math.abs(value - wanted![at]!)));
      expect(worst).toBeLessThanOrEqual(BOUND * largest);
    }
  }
}

/** Whether MaxPool's second output is read, which some providers refuse. */
function usesIndices(graph: Graph): boolean {
  const read = new Set<Value | undefined>([
    ...Object.values(graph.outputs),
    ...nodesOf(graph).flatMap((node) => node.inputs),
  ]);
  return nodesOf(graph).some((node) => node.op === 'MaxPool' && read.has(node.outputs[1]));
}

const backward = conformanceCases().filter(({ program }) =>
  nodesOf(program).some(({ op }) => op === 'ConvGrad' || op === 'MaxPoolGrad'),
);

describe.each(forms)('lowered with portable: $portable', ({ portable }) => {
  it.each(backward.map((one) => [one.name, one] as const))('%s', (_, one) => check(one, portable));

  const axis = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    begin: fc.integer({ min: 0, max: 4 }),
    end: fc.integer({ min: 0, max: 4 }),
  });
  const geometry = fc.record({
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    group: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 2 }),
    rows: fc.integer({ min: 1, max: 2 }),
    ceil: fc.boolean(),
    counted: fc.boolean(),
    fill: fc.constantFrom<Fill>(normal, coarse, zeros, negative),
  });
  type Axis = { size: number; kernel: number; stride: number; dilation: number; begin: number; end: number };
  const fits = (axes: readonly Axis[]) =>
    axes.every((a) => a.size + a.begin + a.end > (a.kernel - 1) * a.dilation);
  const windowOf = (axes: readonly Axis[]): Attributes => ({
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
  });
  /** A dilated window at the edge may step over the whole image; its maximum means nothing. */
  const seesSomething = ({ size, kernel, stride, dilation, begin }: Axis) => {
    for (let start = -begin; start < size; start += stride) {
      const places = Array.from({ length: kernel }, (_, k) => start + k * dilation);
      if (!places.some((place) => place >= 0 && place < size)) return false;
    }
    return true;
  };
  /** Pads as frameworks allow them for pools, so that no window sees padding only. */
  const poolAxes = (axes: readonly Axis[], dilated: boolean) =>
    axes.map((a) => {
      const most = Math.floor(a.kernel / 2);
      return {
        ...a,
        dilation: dilated ? a.dilation : 1,
        begin: Math.min(a.begin, most),
        end: Math.min(a.end, most),
      };
    });
  const options = { seed: 11, numRuns: 250 };

  it('ConvGrad of any geometry', () => {
    fc.assert(
      fc.property(geometry, ({ axes, group, channels, rows }) => {
        fc.pre(fits(axes));
        const attributes = { ...windowOf(axes), group };
        const one = caseOf('ConvGrad', ({ g, input, weight }) => {
          const x = g.input('image', [N, channels * group, ...axes.map(({ size }) => size)]);
          const weights = weight([rows * group, channels, ...axes.map(({ kernel }) => kernel)]);
          const { node, shape } = g.op('Conv', [x, weights], attributes);
          return operators.Conv!.gradient!({ g, node: node!, needs: [true, false] }, [input(shape)])[0]!;
        });
        check(one, portable);
      }),
      options,
    );
  });

  it('MaxPoolGrad of any geometry, with ties, zeros and negative numbers', () => {
    fc.assert(
      fc.property(geometry, ({ axes, channels, ceil, fill }) => {
        const padded = poolAxes(axes, true);
        fc.pre(fits(padded) && padded.every(seesSomething));
        const one = caseOf('MaxPoolGrad', ({ g, input }) => {
          const y = g.op('MaxPool', [input([N, channels, ...padded.map(({ size }) => size)], fill)], {
            ...windowOf(padded),
            kernel_shape: padded.map(({ kernel }) => kernel),
            ceil_mode: Number(ceil),
          });
          return operators.MaxPool!.gradient!({ g, node: y.node!, needs: [true] }, [input(y.shape)])[0]!;
        });
        check(one, portable);
      }),
      options,
    );
  });

  it('the gradient of AveragePool of any geometry', () => {
    fc.assert(
      fc.property(geometry, ({ axes, channels, ceil, counted }) => {
        const padded = poolAxes(axes, false);
        fc.pre(fits(padded));
        const one = caseOf('AveragePool', ({ g, input }) => {
          const x = g.input('image', [N, channels, ...padded.map(({ size }) => size)]);
          const { node, shape } = g.op('AveragePool', [x], {
            ...windowOf(padded),
            kernel_shape: padded.map(({ kernel }) => kernel),
            ceil_mode: Number(ceil),
            count_include_pad: Number(counted),
          });
          return operators.AveragePool!.gradient!({ g, node: node!, needs: [true] }, [input(shape)])[0]!;
        });
        check(one, portable);
      }),
      options,
    );
  });
});

describe('attributes read again', () => {
  it('mean the same, in every node of the suite', () => {
    for (const { name, program } of conformanceCases()) {
      for (const { op, attributes, inputs } of nodesOf(program)) {
        const again = operators[op]!.normalize?.(attributes, inputs) ?? attributes;
        expect(again, `${op} in "${name}"`).toEqual(attributes);
      }
    }
  });
});
