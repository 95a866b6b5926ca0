/** OPERATORS.md must say what the code does. */
import { readFileSync } from 'node:fs';
import { operators } from '@regional-saliency/core';
import { expect, it } from 'vitest';
import { kernels } from '../../tfjs/src/kernels/index';
import { operatorsPage, page } from '../operators-table';

it('OPERATORS.md is what operators-table.ts writes', () => {
  expect(readFileSync(page, 'utf8')).toBe(operatorsPage());
});

it('has a tfjs kernel for every operator of ONNX that is a node of the graph', () => {
  const expanded = new Set(['MaxPoolGrad', 'Shape', 'Size']);
  const without = Object.keys(operators).filter((op) => !kernels[op] && !expanded.has(op));
  expect(without).toEqual([]);
});
