/**
 * OPERATORS.md: which operators of GraphModels and which layers are read, told by the registries themselves and by the lists of
 * tfjs-converter and tfjs-layers; a test compares them.
 *
 * To write it anew: npx tsx packages/tfjs/operators-table.ts
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { knownOperators } from './src/read/graph/forms';
import { reasonFor } from './src/read/graph/refused';
import { layers } from './src/read/layers';

export const page = new URL('./OPERATORS.md', import.meta.url);

const introduction = `# Operators of tfjs models

Written by \`operators-table.ts\` from the tables of the code; a test fails where this page is out of date. What a model's operators
become (nodes of the graph, with gradient, LRP and backends) is told by [the table of those](../onnx/OPERATORS.md).
`;

/** tfjs-converter's own list of the operators that it runs, by its categories. */
export async function listOfConverter(): Promise<Map<string, string[]>> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-converter/package.json');
  const folder = join(dirname(entry), 'dist/operations/op_list');
  const lists = readdirSync(folder).filter((name) => /^[a-z_]+\.js$/.test(name));
  const categories = new Map<string, string[]>();
  for (const name of lists.sort()) {
    const { json } = (await import(pathToFileURL(join(folder, name)).href)) as {
      json: { tfOpName: string }[];
    };
    categories.set(name.replace('.js', ''), [...new Set(json.map(({ tfOpName }) => tfOpName))].sort());
  }
  return categories;
}

/** The page, as it should be. */
export async function operatorsPage(): Promise<string> {
  const known = new Set(knownOperators());
  const rows: string[][] = [];
  const listed = new Set<string>();
  for (const [category, operators] of await listOfConverter()) {
    for (const op of operators) {
      listed.add(op);
      rows.push([category, `\`${op}\``, known.has(op) ? 'yes' : `no: ${reasonOf(op, category)}`]);
    }
  }
  for (const op of known) if (!listed.has(op)) rows.push(['(not in the list)', `\`${op}\``, 'yes']);
  const read = rows.filter(([, , is]) => is === 'yes').length;
  const registered = new Set(layersOfTfjs());
  const inFiles = Object.keys(layers).filter((name) => !registered.has(name));
  const words = (names: readonly string[]) =>
    [...names]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ');
  return `${introduction}
## GraphModel

Of tfjs-converter's ${listed.size} operators ${[...listed].filter((op) => known.has(op)).length} are read (${read} names in all).

${table([['category', 'operator', 'read'], ...rows])}

## LayersModel

Read, of the layers that tfjs has: ${words([...registered].filter((name) => Object.hasOwn(layers, name)))}.

Read, of Keras's own, from files: ${words(inFiles)}.

Refused by name and class: ${words([...registered].filter((name) => !Object.hasOwn(layers, name)))}.
`;
}

function reasonOf(op: string, category: string): string {
  const reason = reasonFor(op, category);
  if (!reason) throw new Error(`${op} is not read, and src/read/graph/refused.ts does not say why`);
  return reason;
}

/** Models and inputs, which are no operators. */
const frames = new Set(['Model', 'Functional', 'Sequential', 'InputLayer', 'RNN']);

function layersOfTfjs(): string[] {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  return Object.keys(classNameMap).filter(
    (name) => classNameMap[name]![0].prototype instanceof tfl.layers.Layer && !frames.has(name),
  );
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

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, await operatorsPage());
