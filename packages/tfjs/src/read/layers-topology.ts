/**
 * A LayersModel's configuration as containers of layers that call each other, in Keras's words: Keras 2's lists and Keras 3's
 * objects, Sequential and functional, models in models.
 */
import { SaliencyError } from '@regional-saliency/core';
import { type Config, listOf, objectOf, wordOf } from './layers/layer';

/** Models in models, deeper than anybody builds them. */
const DEEPEST = 64;

/** A model's own description, wherever in a model.json it stands. */
export function topologyOf(json: unknown): unknown {
  const file = objectOf(json, 'the model.json');
  if (file.format === 'graph-model')
    throw new SaliencyError(
      'bad-input',
      'this model.json is a GraphModel, not a LayersModel: read it with readGraphModel',
    );
  const topology = objectOf(file.modelTopology ?? file, '"modelTopology"');
  return topology.model_config ?? topology;
}

/** One call of a layer: which outputs of which calls it reads. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

export interface LayerNode {
  readonly name: string;
  readonly kind: string;
  readonly config: Config;
  readonly calls: readonly (readonly Reference[])[];
  /** Where the layer is a model. */
  readonly inner?: Container | undefined;
}

export interface Container {
  readonly name: string;
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

const models = new Set(['Sequential', 'Functional', 'Model', 'LayersModel']);

/** @throws SaliencyError `bad-file` where the description is not one of a model */
export function containerOf(written: unknown, depth = 0): Container {
  if (depth > DEEPEST)
    throw new SaliencyError('bad-file', `models lie more than ${DEEPEST} deep in one another`);
  const { class_name: kind, config: given } = objectOf(written, 'the model');
  if (!models.has(kind as string))
    throw new SaliencyError(
      'bad-file',
      `the model is a ${JSON.stringify(kind)}, not a Sequential or Functional one`,
    );
  // Old Keras wrote a Sequential as the list of its layers.
  const config: Config = Array.isArray(given)
    ? { layers: given }
    : objectOf(given, `the "config" of the ${kind} model`);
  const name = wordOf(config, 'name', 'model');
  const nodes = new Map<string, LayerNode>();
  for (const item of listOf(config.layers, `"layers" of "${name}"`)) {
    const layer = layerOf(
      item,
      name,
      kind === 'Sequential' ? nodes.size : undefined,
      [...nodes.keys()].at(-1),
      depth,
    );
    if (nodes.has(layer.name))
      throw new SaliencyError('bad-file', `"${name}" has two layers called "${layer.name}"`);
    nodes.set(layer.name, layer);
  }
  if (nodes.size === 0) throw new SaliencyError('bad-file', `"${name}" has no layers`);
  if (kind !== 'Sequential') {
    const [inputs, outputs] = [config.input_layers, config.output_layers].map((list) =>
      referencesOf(list, `"${name}"`),
    );
    return countedFromZero({ name, layers: nodes, inputs: inputs!, outputs: outputs! });
  }
  const [first, ...rest] = [...nodes.values()];
  const last = { layer: (rest.at(-1) ?? first!).name, call: 0, output: 0 };
  const begins = first!.kind === 'InputLayer';
  const input = begins ? first! : inputBefore(first!);
  if (!begins) nodes.set(input.name, input);
  return { name, layers: nodes, inputs: [{ layer: input.name, call: 0, output: 0 }], outputs: [last] };
}

/**
 * Keras counts the calls of a model inside a model from 1: call 0 is the one that made it, which is not written. (Keras 3
 * does not where the inner model is a Sequential.)
 */
function countedFromZero(container: Container): Container {
  const highest = new Map<string, number>();
  const reads = [...container.layers.values()].flatMap(({ calls }) => calls.flat());
  for (const { layer, call } of [...container.outputs, ...reads])
    highest.set(layer, Math.max(call, highest.get(layer) ?? 0));
  const late = new Set<string>();
  for (const [name, { inner, calls }] of container.layers)
    if (inner && calls.length > 0 && highest.get(name) === calls.length) late.add(name);
  if (late.size === 0) return container;
  const counted = (list: readonly Reference[]) =>
    list.map((each) => (late.has(each.layer) ? { ...each, call: each.call - 1 } : each));
  const layers = [...container.layers].map(
    ([name, layer]) => [name, { ...layer, calls: layer.calls.map(counted) }] as const,
  );
  return { ...container, layers: new Map(layers), outputs: counted(container.outputs) };
}

/** What a Sequential without an InputLayer takes: what its first layer says of itself. */
function inputBefore(first: LayerNode): LayerNode {
  return { name: inputName(first.name), kind: 'InputLayer', config: shapeGiver(first).config, calls: [] };
}

const inputName = (layer: string) => `${layer}_input`;

function shapeGiver(layer: LayerNode): LayerNode {
  const { inner } = layer;
  return inner && inner.inputs.length === 1
    ? shapeGiver(inner.layers.get(inner.inputs[0]!.layer) ?? layer)
    : layer;
}

function layerOf(
  written: unknown,
  model: string,
  place: number | undefined,
  before: string | undefined,
  depth: number,
): LayerNode {
  const item = objectOf(written, `a layer of "${model}"`);
  const kind = wordOf(item, 'class_name');
  const config = Array.isArray(item.config)
    ? { layers: item.config }
    : objectOf(item.config, `the "config" of a ${kind} in "${model}"`);
  const usual = place === undefined ? undefined : `${kind.toLowerCase()}_${place}`;
  const name = wordOf({ name: item.name ?? config.name ?? usual }, 'name');
  const inner = models.has(kind) ? containerOf({ class_name: kind, config }, depth + 1) : undefined;
  const what = `layer "${name}" of "${model}"`;
  if (place === undefined) {
    const calls = listOf(item.inbound_nodes ?? [], `"inbound_nodes" of ${what}`).map((call) =>
      referencesOf(call, what),
    );
    return { name, kind, config, inner, calls };
  }
  const reads = place === 0 ? inputName(name) : before!;
  return {
    name,
    kind,
    config,
    inner,
    calls: kind === 'InputLayer' ? [] : [[{ layer: reads, call: 0, output: 0 }]],
  };
}

/**
 * What a call reads, in the order in which it is written: Keras 2's [name, call, output] and Keras 3's tensors, alone, in
 * lists, or among the arguments of the call.
 */
function referencesOf(written: unknown, what: string): Reference[] {
  const found: Reference[] = [];
  const stack: unknown[] = [written];
  while (stack.length > 0) {
    const item = stack.pop();
    if (Array.isArray(item) && typeof item[0] === 'string') {
      const [layer, call, output] = item;
      if (!Number.isSafeInteger(call) || !Number.isSafeInteger(output) || call < 0 || output < 0)
        throw new SaliencyError('bad-file', `${what} reads "${layer}" by no call and output`);
      found.push({ layer, call, output });
    } else if (Array.isArray(item)) for (const each of [...item].reverse()) stack.push(each);
    else if (typeof item === 'object' && item !== null) {
      const tensor = item as Config;
      if (tensor.class_name === '__keras_tensor__') {
        stack.push(objectOf(tensor.config, `a tensor that ${what} reads`).keras_history);
      } else for (const each of Object.values(tensor).reverse()) stack.push(each);
    }
  }
  return found;
}

/** One call of one layer, as a key. */
export const keyOf = (layer: string, call: number) => `${call} ${layer}`;

/**
 * The calls that a model's outputs need, each after what it reads.
 *
 * @throws SaliencyError `bad-file` where a call reads what is not there, or in the end itself
 */
export function orderOf(
  { name, layers: nodes, outputs }: Container,
  known: ReadonlyMap<string, unknown>,
): Reference[] {
  const order: Reference[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack: { at: Reference; reader: string; left: Reference[] | undefined }[] = [...outputs]
    .reverse()
    .map((at) => ({ at, reader: name, left: undefined }));
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const key = keyOf(top.at.layer, top.at.call);
    if (!top.left) {
      if (known.has(key) || state.get(key) === 'done') {
        stack.pop();
        continue;
      }
      if (state.get(key) === 'open')
        throw new SaliencyError('bad-file', `"${top.at.layer}" of "${name}" is computed from itself`);
      const node = nodes.get(top.at.layer);
      if (!node)
        throw new SaliencyError(
          'bad-file',
          `"${top.reader}" reads a layer "${top.at.layer}" that "${name}" does not have`,
        );
      const reads = node.calls[top.at.call];
      if (!reads)
        throw new SaliencyError(
          'bad-file',
          `"${top.reader}" reads call ${top.at.call} of "${top.at.layer}", which is called ${node.calls.length} times`,
        );
      state.set(key, 'open');
      top.left = [...reads].reverse();
    }
    const next = top.left.pop();
    if (next) stack.push({ at: next, reader: top.at.layer, left: undefined });
    else {
      state.set(key, 'done');
      order.push(top.at);
      stack.pop();
    }
  }
  return order;
}
