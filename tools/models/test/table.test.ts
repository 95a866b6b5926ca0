import { describe, expect, it } from 'vitest';
import { isGood, type Result, tableOf } from '../table';

/** A row that is right in every column but for the gradient, which is for each test to say. */
const row = (findings: Partial<Result>): Result => ({
  name: 'net',
  from: 'here',
  licence: 'MIT',
  format: 'ONNX',
  backend: 'onnxruntime',
  framework: 'PyTorch',
  float32: { output: [1e-6, 1e-6], gradient: [1e-6, 1e-6] },
  output: [1e-6, 1e-6],
  absorbed: [0.5, 0.5],
  absorbedWithoutBiases: [1e-6, 1e-6],
  layer: 'conv (4×2×2)',
  positive: 1,
  negative: 0,
  failures: {},
  ...findings,
});

const flips = { count: 2, farthest: 1e-9 };

describe('a row of the table', () => {
  it('is right where only rounding takes the gradient away', () => {
    const result = row({ gradient: [1e-2, 1e-6], flips, alike: [1e-9, 1e-9] });
    expect(isGood(result)).toBe(true);
    expect(tableOf([result])).toContain('| 1e-2 (1e-6), 2 gates flipped, in float64 1e-9 |');
  });

  it('is not right where the gradient is as far off in the arithmetic of the truth, whatever gates have flipped', () => {
    const result = row({ gradient: [1e-2, 1e-6], flips, alike: [1e-2, 1e-9] });
    expect(isGood(result)).toBe(false);
    expect(tableOf([result])).toContain('| **1e-2** (1e-6), 2 gates flipped, in float64 1e-2 |');
  });

  it('is right where the exporter has rounded the weights and the file itself has the same gradient', () => {
    const gradient = [1e-2, 1e-6];
    const result = row({ gradient, flips, alike: [1e-2, 1e-9], file: [1e-9, 1e-9] });
    expect(isGood(result)).toBe(true);
    expect(tableOf([result])).toContain("in float64 1e-2, beside the file's own autograd 1e-9 |");
    expect(isGood(row({ gradient, flips, alike: [1e-2, 1e-9], file: [1e-2, 1e-9] }))).toBe(false);
  });

  it('is beside tf.grad in float32 where that is the truth', () => {
    const float32 = { output: null, gradient: null };
    const result = row({ float32, gradient: [1e-2, 1e-6], alike: [5e-6, 1e-9] });
    expect(isGood(result)).toBe(true);
    expect(tableOf([result])).toContain("| 1e-2, in tf.grad's arithmetic 5e-6 |");
    expect(isGood(row({ gradient: [1e-2, 1e-6], alike: [5e-6, 1e-9] }))).toBe(false);
  });

  it('is beside differences where gates flip in tf.grad, too', () => {
    const float32 = { output: null, gradient: null };
    const found = { float32, gradient: [5e-3, 1e-6], flips, alike: [2e-3, 1e-6] };
    const result = row({ ...found, differences: [1e-8, 1e-8] });
    expect(isGood(result)).toBe(true);
    expect(tableOf([result])).toContain(
      "| 5e-3, 2 gates flipped, in tf.grad's arithmetic 2e-3, 1e-8 by differences |",
    );
    expect(isGood(row(found))).toBe(false);
    expect(isGood(row({ ...found, differences: [1e-3, 1e-8] }))).toBe(false);
  });
});
