import { expect, it } from 'vitest';
import { withoutNodeTests } from '../src/index';

it("every operator of the table has a node test of ONNX's, but those that ONNX does not know or tests by other means", () => {
  const ours = ['ConvGrad', 'MaxPoolGrad', 'Repeat'];
  expect(withoutNodeTests().sort()).toEqual([...ours].sort());
});
