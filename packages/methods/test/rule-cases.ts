/** Cases of tools/reference: one layer, inputs and relevance; and what a rule makes of it here. */
import { readFileSync } from 'node:fs';
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
import { type LrpRule, passToComputed } from '../src/index';
import { float32, type Packed } from './fixtures';

/** What tools/reference/lrp.py wrote. */
export function goldenLrp<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./golden-lrp/${name}.json`, import.meta.url)).toString()) as T;
}

export interface RuleCase {
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly input: Packed;
  readonly relevance: Packed;
  readonly weight?: Packed;
  readonly bias?: Packed;
  readonly expected: Readonly<Record<string, Packed>>;
}

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

/** @param isNonNegative by default what can be told from the graph, of whose input nothing is known */
export function relevanceOf(one: RuleCase, rule: LrpRule, isNonNegative = nonNegativity()) {
  const layer = layerOf(one);
  const g = new Builder(layer);
  const [x] = layer.inputs;
  const y = layer.outputs.y!;
  const r = g.input('r', y.shape);
  const roles = rolesOf(layer);
  const reached = walk(g, {
    seeds: new Map([[y, r]]),
    wrt: [x!],
    ruleOf: (node) => {
      if (node.op === 'Gather') return operators.Gather!.gradient!;
      const answer = roles.of.get(node) === 'bias' ? passToComputed : rule;
      return (context, relevance) => answer({ ...context, roles, isNonNegative }, relevance);
    },
  });
  const program = g.finish({ inputs: [x!, r], outputs: { relevance: reached.get(x!)! } });
  return evaluate(program, { x: float32(one.input), r: float32(one.relevance) }).relevance!;
}
