/**
 * The tables of methods in the README, made from the index; a test compares them.
 *
 * To write them anew: npx tsx packages/methods/readme-table.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { families } from './src/catalog';
import type { MethodEntry, OptionValue } from './src/entry';

const readme = new URL('./README.md', import.meta.url);
const [begin, end] = ['<!-- methods: written by readme-table.ts -->', '<!-- /methods -->'];

/** The README, and what it should be. */
export function readmes(): { readonly present: string; readonly wanted: string } {
  const present = readFileSync(readme, 'utf8');
  const [before, rest] = present.split(begin) as [string, string];
  const after = rest.split(end)[1]!;
  const tables = Object.entries(families).map(([family, entries]) => `### ${family}\n\n${tableOf(entries)}`);
  return { present, wanted: `${before}${begin}\n\n${tables.join('\n\n')}\n\n${end}${after}` };
}

function tableOf(entries: readonly MethodEntry[]): string {
  const rows = entries.map(({ id, about, kind, reference, layer, options }) => {
    const own = Object.entries(options).map(([name, { default: value }]) =>
      value === undefined ? `\`${name}\`` : `\`${name}\` ${shown(value)}`,
    );
    return [`\`${id}\``, about, kind, [...(layer ? ['`layer`'] : []), ...own].join(', '), reference];
  });
  const head = ['id', 'is', 'kind', 'options and defaults', 'reference'];
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((cells) => cells[at]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows]
    .map((cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`)
    .join('\n');
}

const shown = (value: OptionValue) =>
  typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(readme, readmes().wanted);
