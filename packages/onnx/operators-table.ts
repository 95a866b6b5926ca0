/**
 * OPERATORS.md: what is done with each operator, told by the registries themselves; a test compares them.
 *
 * To write it anew: npx tsx packages/onnx/operators-table.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Builder, N, type Node, operators, roleOf, type Value } from '@regional-saliency/core';
import { kernels } from '../tfjs/src/kernels/index';
import { knownOperators } from './src/forms';

export const page = new URL('./OPERATORS.md', import.meta.url);
const nodeTests = new URL('../conformance/fixtures/node-tests.json.gz', import.meta.url);

const introduction = `# Operators

Written by \`operators-table.ts\` from the tables of the code; a test fails where this page is out of date. The names that tfjs
models have for operators and layers are in [a table of their own](../tfjs/OPERATORS.md).

- **read as**: a \`node\` of the graph, or \`others\`: it is read as the operators that define it (or folded, where all that it
  reads is known), and gradient, LRP and backends are theirs.
- **gradient**: \`rule\`; \`0\` where the derivative is zero or has no meaning (comparisons, indices), so that nothing passes.
- **LRP**: the role that composites have a rule for. \`linear\` by the composite's rule, \`bilinear\` by attention's (in
  composites that have one), \`activation\` and \`norm\` pass what arrives, \`residual\` and \`average\` share it in proportion,
  \`gate\` gives it to the signal, \`bias\` and \`scale\` (a product with fixed numbers) pass it to what is computed. Where there
  is none, the gradient answers. A role behind \`/\` holds where both operands are computed.
- **onnxruntime**: \`runs\`, by every execution provider that has the operator, in the opset written; \`expanded\` before that
  into standard operators.
- **tfjs**: \`kernel\`, or \`expanded\` into operators with one. Windows over three axes are said through windows over two there (a
  MaxPool's Indices are not); ScatterElements needs a backend whose tensors are arrays (cpu, wasm, node).
- **node tests**: how many of ONNX's own tests of the operator are tried on the float64 reference and on every tfjs backend;
  what is outside, and why, is listed in \`packages/conformance/src/node-tests.ts\`.
`;

/** The page, as it should be. */
export function operatorsPage(): string {
  const { onnx, cases } = JSON.parse(gunzipSync(readFileSync(nodeTests)).toString()) as {
    onnx: string;
    cases: { op: string }[];
  };
  const names = [...new Set([...knownOperators(), 'If', ...Object.keys(operators)])].sort((a, b) => {
    const [own, other] = [a, b].map((name) => Number(name.includes('.'))) as [number, number];
    return own - other || (a < b ? -1 : 1);
  });
  const rows = names.map((name) => {
    const tests = cases.filter(({ op }) => op === name).length;
    return [`\`${name}\``, ...cellsOf(name), tests === 0 ? '' : String(tests)];
  });
  const head = ['operator', 'read as', 'gradient', 'LRP', 'onnxruntime', 'tfjs', 'node tests'];
  const refused = `An operator that is not here is refused by its name, and the error says at which outputs to cut the model.\n`;
  return `${introduction}\nThe node tests are those of onnx ${onnx}. ${refused}\n${table([head, ...rows])}\n`;
}

function cellsOf(name: string): string[] {
  const operator = operators[name];
  if (!operator) return ['others', '', '', '', ''];
  const isOurs = !knownToOnnx.has(name);
  return [
    isOurs ? 'node of our own' : 'node',
    operator.gradient === null ? '0' : operator.gradient ? 'rule' : '',
    rolesOf(name),
    isOurs ? 'expanded' : 'runs',
    kernels[name] ? 'kernel' : isOurs ? 'expanded' : '',
  ];
}

/** Nodes that no file holds: steps of programs. The writer expands them. */
const ours = new Set(['ConvGrad', 'MaxPoolGrad', 'Repeat']);
const knownToOnnx = new Set(Object.keys(operators).filter((name) => !ours.has(name)));

/** The role with a fixed second operand, and with a computed one. */
function rolesOf(op: string): string {
  const g = new Builder();
  const [x, other] = [g.input('x', [N, 1]), g.input('other', [N, 1])];
  const roles = [g.scalar(2), other].map((second: Value) =>
    roleOf({ op, inputs: [x, second], outputs: [], attributes: {} } as Node),
  );
  const isProduct = op === 'Mul' || op === 'Div';
  const fixed = op === 'Add' ? 'bias' : isProduct ? 'scale' : (roles[0] ?? '');
  return fixed === (roles[1] ?? '') ? fixed : `${fixed} / ${roles[1] ?? 'gradient'}`;
}

function table([head, ...rows]: string[][]): string {
  const lines = [head!, head!.map(() => '---'), ...rows];
  const widths = head!.map((_, at) => Math.max(...lines.map((cells) => cells[at]!.length)));
  return lines
    .map((cells, line) =>
      cells.map((cell, at) => (line === 1 ? '-'.repeat(widths[at]!) : cell.padEnd(widths[at]!))),
    )
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, operatorsPage());
