/**
 * Operators and their gradient rules against PyTorch's float64 autograd, kinks and ties included
 * (tools/reference/gradients.py makes the numbers).
 *
 * What PyTorch can't say is not here: asymmetric pads, SAME_LOWER, output_shape and HardSigmoid's own defaults exist in
 * ONNX only, and ONNX is what the code follows; gradient.test.ts covers them by differences. Average pools agree in all
 * combinations of ceil_mode and padding that both have: the part of a last window that hangs over the padding is never
 * counted, and a window that would begin there is dropped (ONNX says so since opset 19).
 */
import { cycle, evaluate, type Feeds, rulesOf } from '@regional-saliency/conformance';
import { type Attributes, type Tensor, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import activations from './golden/activations.json';
import arithmetic from './golden/arithmetic.json';
import convolutions from './golden/convolutions.json';
import pools from './golden/pools.json';

interface Listed {
  readonly shape: number[];
  readonly data: number[];
}

interface Golden {
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: Listed[];
  readonly weights: Listed[];
  readonly output: Listed;
  readonly r: Listed;
  readonly gradients: Listed[];
}

/** The interpreter computes in doubles; a rule's constants (1/3, 1/√2, a pool's 1/count) are float32. */
const FORWARD = 1e-14;
const GRADIENT = 1e-7;

function differs(got: Tensor | undefined, wanted: Listed): number {
  expect(got?.shape).toEqual(wanted.shape);
  const largest = Math.max(...wanted.data.map(Math.abs));
  const worst = Math.max(...wanted.data.map((value, at) => Math.abs(value - Number(got!.data[at]))));
  return worst === 0 ? 0 : worst / largest;
}

const families = { convolutions, pools, activations, arithmetic };

describe.each(Object.entries(families))("PyTorch's %s", (_, { cases }) => {
  it.each((cases as unknown as Golden[]).map((golden) => [`${golden.op}, ${golden.name}`, golden] as const))(
    '%s',
    (title, { op, attributes, inputs, weights, output, r, gradients }) => {
      const rules = rulesOf(title, ({ g, input, weight }) =>
        g.op(
          op,
          [
            ...inputs.map(({ shape, data }) => input(shape, cycle(...data))),
            ...weights.map(({ shape, data }) => weight(shape, cycle(...data))),
          ],
          attributes,
        ),
      );
      const feeds: Feeds = {
        ...rules.case.runs[0],
        r0: tensor(Float64Array.from(r.data), r.shape),
      };
      const forward = evaluate(rules.case.program, feeds);
      expect(differs(forward.y0, output)).toBeLessThanOrEqual(FORWARD);
      const backward = evaluate(rules.backward, feeds);
      for (const [index, gradient] of gradients.entries()) {
        expect(differs(backward[`dx${index}`], gradient), `input ${index}`).toBeLessThanOrEqual(GRADIENT);
      }
    },
  );
});
