/**
 * A tfjs LayersModel as a graph: a live one, whose tensors the graph shares, or one in files.
 *
 * Both doors lead to the same reader. It takes the model's configuration in Keras's words (Keras 2 and 3 as
 * tensorflowjs_converter writes them, and tfjs's own) and asks for weights by layer and name.
 */
import {
  Builder,
  type Constant,
  type Dim,
  type Graph,
  N,
  type NodeNames,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';
import { storedAs } from '../stored';
import { channelsLast } from './channels-last';
import { checkModel, layersModel } from './given';
import { layers } from './layers';
import { type Call, isChannelsFirst } from './layers/layer';
import {
  type Container,
  containerOf,
  keyOf,
  type LayerNode,
  orderOf,
  type Reference,
  topologyOf,
} from './layers-topology';
import { fileWeights, type LiveLayersModel, liveWeights, type Weights } from './layers-weights';

/** A model.json and its weights (`readWeights` reads them from the shards). */
export interface LayersModelFiles {
  readonly json: unknown;
  readonly weights: ReadonlyMap<string, Constant>;
}

export interface ReadLayersOptions {
  /** Shapes of inputs whose sizes the model leaves open, as the model has them; `'N'` is the batch. */
  readonly shapes?: Readonly<Record<string, readonly (number | 'N')[]>>;
}

/** More layers than any network has, counting those of a model that is called again and again. */
const MOST_CALLS = 100_000;

/**
 * Reads a LayersModel. Inputs and outputs that are images, [N, H, W, C], are [N, C, H, W] in the graph, and each layer's name
 * (`outer/inner` inside another model) finds its output so. A layer called several times is named by its last call, and
 * each call by `name@0`, `name@1` …
 *
 * The weights of a live model are its own tensors: the graph neither copies nor disposes them, and what is loaded after
 * more training explains the model as it is then.
 *
 * @throws SaliencyError `unsupported` for layers that have no counterpart here, all of them named at once; `bad-file` for a
 *   configuration that contradicts itself or its weights; `bad-input` for an input whose size is open, and for what is no model
 */
export function readLayersModel(
  model: LiveLayersModel | LayersModelFiles,
  options: ReadLayersOptions = {},
): Graph {
  checkModel(model, layersModel);
  const live = 'toJSON' in model;
  try {
    const root = containerOf(topologyOf(live ? model.toJSON(null, false) : model.json));
    refuseUnknown(root);
    return new Reader(live ? liveWeights(model) : fileWeights(model.weights), options).read(root);
  } catch (error) {
    if (error instanceof SaliencyError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SaliencyError('bad-file', `the model can't be read: ${reason}`, { cause: error });
  }
}

/** Says of all layers at once that they are not supported. */
function refuseUnknown(root: Container): void {
  const unknown: string[] = [];
  const visit = (container: Container, path: readonly string[]) => {
    for (const { name, kind, inner } of container.layers.values()) {
      const own = [...path, name];
      if (inner) visit(inner, own);
      else if (kind !== 'InputLayer' && !Object.hasOwn(layers, kind))
        unknown.push(`"${own.join('/')}" (${kind})`);
    }
  };
  visit(root, []);
  if (unknown.length === 0) return;
  const some = unknown.length === 1 ? 'layer is' : 'layers are';
  throw new SaliencyError(
    'unsupported',
    `${unknown.length} ${some} not supported: ${unknown.join(', ')}; add an entry to packages/tfjs/src/read/layers, or convert the model to a GraphModel or to ONNX`,
  );
}

class Reader {
  private readonly g = new Builder();
  private readonly c = channelsLast(this.g);
  private readonly names = new Map<string, Value>();
  private readonly parameters = new Map<string, Value>();
  private calls = 0;

  constructor(
    private readonly weights: Weights,
    private readonly options: ReadLayersOptions,
  ) {}

  read(root: Container): Graph {
    const first = isAllChannelsFirst(root);
    for (const name of Object.keys(this.options.shapes ?? {})) {
      if (!root.inputs.some(({ layer }) => layer === name))
        throw new SaliencyError(
          'unknown-name',
          `there is no input "${name}"; the model takes ${root.inputs.map(({ layer }) => `"${layer}"`).join(', ')}`,
        );
    }
    const inputs = root.inputs.map(({ layer }) => {
      const node = root.layers.get(layer);
      if (!node)
        throw new SaliencyError('bad-file', `the input "${layer}" of "${root.name}" is not among its layers`);
      const shape = this.inputShape(node);
      return first ? this.g.input(layer, shape) : this.c.input(layer, shape);
    });
    const results = this.run(root, inputs, []);
    const outputs: Record<string, Value> = {};
    for (const [at, { layer, output }] of root.outputs.entries()) {
      const value = results[at]!;
      const shown = first || value.shape.length < 4 ? value : this.c.image(value);
      const name = output === 0 ? layer : `${layer}:${output}`;
      outputs[Object.hasOwn(outputs, name) ? `${name}@${at}` : name] = shown;
    }
    const own = inputs.map((x) => (first || x.shape.length < 4 ? x : this.c.image(x)));
    return this.g.finish({ inputs: own, outputs, names: this.names });
  }

  private inputShape({ name, config }: LayerNode): Dim[] {
    const written = config.batch_input_shape ?? config.batch_shape;
    const given = this.options.shapes?.[name];
    if (!given && !Array.isArray(written)) {
      throw new SaliencyError(
        'bad-input',
        `the model does not say the shape of its input "${name}": give it in options.shapes`,
      );
    }
    const shape = (given ?? (written as unknown[])).map((size, axis): Dim => {
      if (size === 'N' || (size == null && axis === 0)) return N;
      if (Number.isSafeInteger(size) && (size as number) > 0) return size as number;
      if (size == null)
        throw new SaliencyError(
          'bad-input',
          `axis ${axis} of the input "${name}" is open: give its shape in options.shapes, such as { "${name}": ['N', 224, 224, 3] }`,
        );
      throw new SaliencyError('bad-file', `the input "${name}" has no shape but ${JSON.stringify(written)}`);
    });
    const fits =
      !given ||
      !Array.isArray(written) ||
      (given.length === written.length &&
        shape.every((dim, axis) => written[axis] == null || written[axis] === dim));
    if (!fits)
      throw new SaliencyError(
        'bad-input',
        `the input "${name}" is ${JSON.stringify(written)}, which ${JSON.stringify(given)} does not fit`,
      );
    return shape;
  }

  /** The outputs of a model called on values. */
  private run(container: Container, inputs: readonly Value[], path: readonly string[]): Value[] {
    this.count();
    if (inputs.length !== container.inputs.length)
      throw new SaliencyError(
        'bad-file',
        `"${container.name}" takes ${container.inputs.length} inputs, but is called on ${inputs.length}`,
      );
    const made = new Map<string, readonly Value[]>();
    for (const [at, { layer, call }] of container.inputs.entries()) {
      made.set(keyOf(layer, call), [inputs[at]!]);
      this.name([...path, layer], inputs[at]!);
    }
    for (const { layer, call } of orderOf(container, made)) {
      const node = container.layers.get(layer)!;
      const reads = node.calls[call]!.map((reference) => outputOf(made, reference, layer));
      const own = [...path, layer];
      const outputs = node.inner ? this.run(node.inner, reads, own) : [this.call(node, reads, own)];
      made.set(keyOf(layer, call), outputs);
      if (outputs[0]) this.name(own, outputs[0], node.calls.length > 1 ? call : undefined);
    }
    return container.outputs.map((reference) => outputOf(made, reference, container.name));
  }

  /** A small file may say a model that unfolds to a very large one. */
  private count(): void {
    if (++this.calls > MOST_CALLS)
      throw new SaliencyError('bad-file', `the model unfolds to more than ${MOST_CALLS} layers`);
  }

  private name(path: readonly string[], value: Value, call?: number): void {
    const name = path.join('/');
    this.names.set(name, this.c.named(value));
    if (call !== undefined) this.names.set(`${name}@${call}`, this.c.named(value));
  }

  private call({ kind, config }: LayerNode, inputs: readonly Value[], path: readonly string[]): Value {
    const own = path.join('/');
    const what = `${kind} "${own}"`;
    this.count();
    try {
      const [x] = inputs;
      if (!x) throw new SaliencyError('bad-file', 'it is called on nothing');
      const scopes = path.map((_, at) => path.slice(0, at + 1).join('/'));
      const names = (part?: string): NodeNames => ({ name: part ? `${own}/${part}` : own, scopes });
      const weight: Call['weight'] = (name, shape, stored) => this.weight(path, name, shape, stored);
      return layers[kind]!({ c: this.c, config, inputs, x, weight, names });
    } catch (error) {
      const code = error instanceof SaliencyError ? error.code : 'bad-file';
      const reason = error instanceof Error ? error.message : String(error);
      throw new SaliencyError(code, `${what}: ${reason}`, { cause: error });
    }
  }

  private weight(
    path: readonly string[],
    name: string,
    shape: readonly (number | undefined)[],
    stored?: Parameters<Call['weight']>[2],
  ): Value {
    const own = [...path, name].join('/');
    const held = this.weights(path, name);
    if (!held) throw new SaliencyError('bad-file', `the model has no weight "${own}"`);
    const fits =
      held.shape.length === shape.length &&
      shape.every((size, axis) => size === undefined || size === held.shape[axis]);
    if (!fits || held.dtype !== 'float32') {
      const wanted = shape.map((size) => size ?? '?').join(', ');
      throw new SaliencyError(
        'bad-file',
        `the weight "${own}" is ${held.dtype} [${held.shape.join(', ')}], not float32 [${wanted}]`,
      );
    }
    const lying = stored?.(held.shape);
    const key = `${own} ${JSON.stringify(lying)}`;
    const known = this.parameters.get(key);
    if (known) return known;
    const value = this.g.constantOf(lying ? storedAs(held, lying.shape, lying.layout) : held, own);
    this.parameters.set(key, value);
    return value;
  }
}

function outputOf(
  made: ReadonlyMap<string, readonly Value[]>,
  { layer, call, output }: Reference,
  reader: string,
): Value {
  const value = made.get(keyOf(layer, call))?.[output];
  if (!value)
    throw new SaliencyError('bad-file', `"${reader}" reads output ${output} of "${layer}", which has none`);
  return value;
}

/** Whether a model's images have their channels first throughout, its input too. */
function isAllChannelsFirst(root: Container): boolean {
  const formats = new Set<boolean>();
  const visit = (container: Container) => {
    for (const { config, inner } of container.layers.values()) {
      if (inner) visit(inner);
      else if (config.data_format != null) formats.add(isChannelsFirst(config));
    }
  };
  visit(root);
  return formats.size === 1 && formats.has(true);
}
