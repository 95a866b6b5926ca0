/** Each LRP rule on one layer against Zennit: inputs and relevance of either sign, with and without biases. */
import { evaluate } from '@regional-saliency/conformance';
import {
  type Attributes,
  Builder,
  type Graph,
  N,
  nonNegativity,
  operators,
  rolesOf,
  type Value,
  walk,
} from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { average, epsilon, type LrpRule, pass, passToProduct, residual, zPlus } from '../src/index';
import { expectClose, float32, float64, golden, type Packed } from './fixtures';

interface RuleCase {
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly input: Packed;
  readonly relevance: Packed;
  readonly weight?: Packed;
  readonly bias?: Packed;
  readonly expected: Readonly<Record<string, Packed>>;
}

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

function layerOf(one: RuleCase): Graph {
  const g = new Builder();
  const x = g.input('x', [N, ...one.input.shape.slice(1)]);
  if (one.op === 'Add') return sumOf(g, x);
  const weights = one.weight && g.constantOf(float32(one.weight));
  const bias = one.bias && g.constantOf(float32(one.bias));
  // A linear layer on three axes is written as MatMul with the weights transposed, then Add.
  const product = one.op === 'MatMul';
  const inputs = product
    ? [x, g.constantOf(transposed(one.weight!))]
    : [x, ...(weights ? [weights, ...(bias ? [bias] : [])] : [])];
  const y = g.op(one.op, inputs, one.attributes);
  return g.finish({ inputs: [x], outputs: { y: product && bias ? g.add(y, bias) : y } });
}

/** Of the two summands along the last axis. */
function sumOf(g: Builder, x: Value): Graph {
  const [a, b] = [0, 1].map((index) =>
    g.op('Gather', [x, g.scalar(index, 'int64')], { axis: x.shape.length - 1 }),
  );
  return g.finish({ inputs: [x], outputs: { y: g.add(a!, b!) } });
}

function transposed(packed: Packed) {
  const { data } = float32(packed);
  const [rows, columns] = packed.shape as [number, number];
  const turned = Float32Array.from(data, (_, at) =>
    Number(data[(at % rows) * columns + Math.floor(at / rows)]),
  );
  return { data: turned, shape: [columns, rows], dtype: 'float32' as const };
}

function relevanceOf(one: RuleCase, rule: LrpRule) {
  const layer = layerOf(one);
  const g = new Builder(layer);
  const [x] = layer.inputs;
  const y = layer.outputs.y!;
  const r = g.input('r', y.shape);
  const roles = rolesOf(layer);
  const isNonNegative = nonNegativity();
  const reached = walk(g, {
    seeds: new Map([[y, r]]),
    wrt: [x!],
    ruleOf: (node) => {
      if (node.op === 'Gather') return operators.Gather!.gradient!;
      const answer = roles.of.get(node) === 'bias' ? passToProduct : rule;
      return (context, relevance) => answer({ ...context, roles, isNonNegative }, relevance);
    },
  });
  const program = g.finish({ inputs: [x!, r], outputs: { relevance: reached.get(x!)! } });
  return evaluate(program, { x: float32(one.input), r: float32(one.relevance) }).relevance!;
}

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
