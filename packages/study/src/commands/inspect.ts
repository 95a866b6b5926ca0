/** `inspect`: what is in a model, what its layers are called, and which methods can explain it. */
import { isBatch, type Node, nodesOf, showShape, type Value } from '@regional-saliency/core';
import { allParametersOf, multiplyAddsOf, parametersOf } from '../costs';
import { type ModelOptions, readModel } from '../model';
import type { Progress, Work } from '../progress';
import { type Support, showSupport, supportOf } from './support';

export interface LayerInfo {
  /** What `--layer` accepts for it: PyTorch scopes first, then the node's path and the tensor's name. */
  readonly names: readonly string[];
  readonly op: string;
  readonly shape: string;
  readonly parameters: number;
  readonly multiplyAdds: number;
}

export interface Inspection {
  readonly model: string;
  readonly sha256: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** The batch that the file was exported with, where it is fixed. */
  readonly fixedBatch?: number | undefined;
  readonly methods: Readonly<Record<string, Support>>;
  readonly layers: readonly LayerInfo[];
}

/** A model's layers, their costs, and which methods can explain it. */
export async function inspect(
  path: string,
  options: ModelOptions = {},
  progress?: (work: Work) => Progress,
): Promise<Inspection> {
  const { graph, sha256 } = await readModel(path, options);
  const namesOf = new Map<Value, string[]>();
  for (const [name, value] of graph.names) namesOf.set(value, [...(namesOf.get(value) ?? []), name]);
  const layers = nodesOf(graph).map((node) => layerOf(node, namesOf));
  const first = graph.inputs[0]!.shape[0];
  return {
    model: path,
    sha256,
    inputs: Object.fromEntries(
      graph.inputs.map((value) => [value.name!, `${value.dtype} ${showShape(value.shape)}`]),
    ),
    outputs: Object.fromEntries(
      Object.entries(graph.outputs).map(([name, value]) => [
        name,
        `${value.dtype} ${showShape(value.shape)}`,
      ]),
    ),
    parameters: allParametersOf(graph),
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
    fixedBatch: first !== undefined && !isBatch(first) ? first : undefined,
    methods: supportOf(graph, progress),
    layers,
  };
}

function layerOf(node: Node, namesOf: ReadonlyMap<Value, readonly string[]>): LayerInfo {
  const output = node.outputs[0]!;
  const names = [...(namesOf.get(output) ?? [])];
  const rank = (name: string) => (name === output.name ? 2 : name === node.name ? 1 : 0);
  return {
    names: names.sort((a, b) => rank(a) - rank(b) || a.length - b.length),
    op: node.op,
    shape: showShape(output.shape),
    parameters: parametersOf(node),
    multiplyAdds: multiplyAddsOf(node),
  };
}

export interface ShowOptions {
  /** Every name of each layer. */
  readonly names?: boolean;
  /** Which methods can explain the model, and no layers. */
  readonly methods?: boolean;
}

/** The inspection as lines for a terminal. */
export function showInspection(inspection: Inspection, show: ShowOptions = {}): string {
  const allNames = show.names ?? false;
  const { inputs, outputs, parameters, multiplyAdds, fixedBatch, layers } = inspection;
  return [
    `${inspection.model}  sha256 ${inspection.sha256.slice(0, 16)}…`,
    `${amount(parameters)} parameters, ${amount(multiplyAdds)} multiply-adds an image`,
    ...(fixedBatch === undefined ? [] : [`exported with a fixed batch of ${fixedBatch}`]),
    '',
    ...Object.entries(inputs).map(([name, type]) => `input   ${name}  ${type}`),
    ...Object.entries(outputs).map(([name, type]) => `output  ${name}  ${type}`),
    '',
    ...showSupport(inspection.methods),
    ...(show.methods ? [] : ['', ...layerLines(layers, allNames)]),
    '',
  ].join('\n');
}

function layerLines(layers: readonly LayerInfo[], allNames: boolean): string[] {
  const rows = layers.map(({ names, op, shape, parameters, multiplyAdds }) => {
    const scopes = names.filter((name) => !name.startsWith('/'));
    const shown = allNames ? names : scopes.length > 0 ? scopes.slice(0, 3) : names.slice(0, 1);
    return [shown.join('  '), op, shape, count(parameters), count(multiplyAdds)];
  });
  return [
    ...columns([['layer', 'operator', 'output', 'parameters', 'multiply-adds'], ...rows]),
    ...(allNames ? [] : ['', 'Node paths and tensor names are accepted as well: --names lists them.']),
  ];
}

const count = (value: number) => (value === 0 ? '' : value.toLocaleString('en-US'));

/** 11.7 M, 1.81 G */
function amount(value: number): string {
  const [size, unit] =
    value >= 1e9 ? [1e9, ' G'] : value >= 1e6 ? [1e6, ' M'] : value >= 1e3 ? [1e3, ' k'] : [1, ''];
  return `${(value / size).toPrecision(3)}${unit}`;
}

/** Text in columns; the last two are numbers and stand on the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at >= row.length - 2 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
}
