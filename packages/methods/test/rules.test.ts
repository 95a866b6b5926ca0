/** Each LRP rule on one layer against Zennit: inputs and relevance of either sign, with and without biases. */
import { evaluate } from '@regional-saliency/conformance';
import { Builder, nonNegativity, rolesOf, walk } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { average, epsilon, type LrpRule, pass, residual, zPlus } from '../src/index';
import { expectClose, float64, golden } from './fixtures';
import { type RuleCase, relevanceOf } from './rule-cases';

const rules: Readonly<Record<string, LrpRule>> = {
  epsilon: epsilon(),
  'epsilon 0.25': epsilon(0.25),
  'z-plus': zPlus(),
  'z-plus 0.25': zPlus(0.25),
  average: average(),
  'average 0.25': average(0.25),
  residual: residual(),
  'residual 0.25': residual(0.25),
  pass,
};

/**
 * Zennit's default ε is the double 1e-6, ours its float32, 2.5e-9 away: felt where |z| is small, by ε/|z| of that. The
 * other ε here, 0.25, is the same number in both.
 */
const bound = (rule: string) => (rule.endsWith('0.25') || rule === 'pass' ? 1e-13 : 1e-9);

describe.each(golden<RuleCase[]>('rules'))('$name', (one) => {
  it.each(Object.keys(one.expected))('%s is what Zennit gives', (rule) => {
    expect(rules[rule]).toBeDefined();
    expectClose(relevanceOf(one, rules[rule]!), float64(one.expected[rule]!), bound(rule), rule);
  });
});

describe('a product whose fixed matrix stands on the left', () => {
  const weights = [1, -2, 3, -4, 5, 6, 0.5, -1, 2, 7, -8, 9];
  const feed = (data: number[], shape: number[]) => ({
    data: Float32Array.from(data),
    shape,
    dtype: 'float32' as const,
  });

  function relevance(op: 'Gemm' | 'MatMul', rule: LrpRule) {
    const g = new Builder();
    const [x, r] = [g.input('x', [3, 2]), g.input('r', [4, 2])];
    const y = g.op(op, [g.constant(weights, [4, 3]), x]);
    const roles = rolesOf(g.finish({ inputs: [x], outputs: { y } }));
    const isNonNegative = nonNegativity();
    const reached = walk(g, {
      seeds: new Map([[y, r]]),
      wrt: [x],
      ruleOf: () => (context, arriving) => rule({ ...context, roles, isNonNegative }, arriving),
    });
    const program = g.finish({ inputs: [x, r], outputs: { relevance: reached.get(x)! } });
    const r8 = feed([1, -1, 2, 0.5, -3, 1, 1, 2], [4, 2]);
    return evaluate(program, { x: feed([1, -2, 3, 4, -5, 6], [3, 2]), r: r8 }).relevance!;
  }

  it.each(['epsilon', 'z-plus'])('%s gives for Gemm what it gives for MatMul', (rule) => {
    const product = relevance('MatMul', rules[rule]!);
    expect(product.data.some((value) => value !== 0)).toBe(true);
    expectClose(relevance('Gemm', rules[rule]!), product, 1e-13);
  });
});
