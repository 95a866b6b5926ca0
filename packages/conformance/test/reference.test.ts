/** The reference interpreter runs the whole suite (shapes that core infers are checked in every node of it). */
import { nodesOf, operators } from '@regional-saliency/core';
import { expect, it } from 'vitest';
import { conformanceCases, describeConformance, kernels, referenceBackend } from '../src';

describeConformance('reference', referenceBackend);

it('every operator of core has a reference kernel', () => {
  expect(Object.keys(kernels).sort()).toEqual(Object.keys(operators).sort());
});

it('every operator of core is in some case', () => {
  const used = new Set(conformanceCases().flatMap(({ program }) => nodesOf(program).map((node) => node.op)));
  expect(Object.keys(operators).filter((op) => !used.has(op))).toEqual([]);
});

it('names of cases are unique, since their numbers depend on them', () => {
  const names = conformanceCases().map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
