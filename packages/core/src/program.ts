/**
 * How a program is put together: a graph that computes the model's outputs and the relevance.
 *
 * Several methods share the forward pass and all else they have in common.
 */
import { Builder } from './builder';
import { canonize } from './canonize';
import { type Dim, isBatch, sameShape, showShape } from './dimension';
import { type DrawnInput, Draws } from './draws';
import { SaliencyError } from './errors';
import { type Graph, type Node, nodesBehind, nodesOf, type Value } from './graph';
import { lastSpatialValue, layer, layersMatching } from './layers';
import { type Method, uniqueId } from './method';
import type { Rule } from './operators/operator';
import type { Part, PartContext, Procedure } from './procedure';
import { rewrite } from './rewrite';
import { rolesOf } from './roles';
import { type ChosenTarget, chooseTarget, type Objective, TARGET, type Target } from './target';
import { walk } from './walk';

/** Scaling and normalisation taken into the program: (x · scale - mean) / std, a value a channel. */
export interface Preprocessing {
  /** Multiplies raw values first; 1/255 for bytes. */
  readonly scale?: number | undefined;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface CompileOptions {
  /** Procedures are refused: they call for predictions and are no graph. */
  readonly method: Method | Procedure | readonly (Method | Procedure)[];
  /** Which output is explained; default `predicted`. */
  readonly target?: Target | undefined;
  /** The scalar to explain, instead of the target's score. */
  readonly objective?: Objective | undefined;
  /** Layers (names or patterns) whose activation and relevance become outputs. */
  readonly capture?: readonly string[] | undefined;
  /** The model's input to explain and its output with the scores, where it has several; default the first. */
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  /** Several inputs to explain together, instead of `input`: relevance is shared out between them. */
  readonly inputs?: readonly string[] | undefined;
  readonly preprocessing?: Preprocessing | undefined;
}

type Reach = (
  seeds: ReadonlyMap<Value, Value>,
  wrt: readonly Value[],
  beside: readonly Value[],
  ruleOf: ((node: Node) => Rule | undefined) | undefined,
) => ReadonlyMap<Value, Value>;

/** The outputs of a program, besides the model's own. */
export interface ProgramOutputs {
  /** The relevance of each method, for the (first) explained input. */
  readonly relevance: readonly string[];
  /** The same for each explained input, by its name. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** For each captured layer the outputs with its activation and its relevance (of the first method). */
  readonly captures: Readonly<Record<string, { readonly activation: string; readonly relevance: string }>>;
}

export interface Program {
  readonly graph: Graph;
  readonly outputs: ProgramOutputs;
  /** The model's (first) input that is explained and the output with its scores. */
  readonly input: string;
  readonly output: string;
  /** Inputs that hold random numbers, and how to draw them; an explainer does. */
  readonly draws: readonly DrawnInput[];
  /** What a person should know: a batch that stays fixed, say. */
  readonly notes: readonly string[];
}

/**
 * A program of methods, or of a procedure's part, which may have inputs of its own.
 *
 * @throws SaliencyError naming the node, layer or target that stands in the way
 */
export function programOf(
  source: Graph,
  options: Omit<CompileOptions, 'method'>,
  methods: readonly Part[],
): Program {
  const model = canonizeFor(prepared(source, options), methods, options.capture ?? []);
  const g = new Builder(model);
  const fed = explainedInputs(model, options);
  const explained = options.preprocessing
    ? fed.map(({ name }) => model.names.get(PREPROCESSED + name)!)
    : fed;
  const [input] = explained as [Value];
  const outputName = nameOf(Object.keys(model.outputs), options.output, 'output');
  const output = model.outputs[outputName]!;
  const target =
    options.objective && output.shape.length !== 2
      ? undefined
      : chooseTarget(g, output, options.target ?? 'predicted');
  if (target?.input && model.inputs.some(({ name }) => name === TARGET)) refuseTwice('input', TARGET);
  const captured = new Map((options.capture ?? []).flatMap((pattern) => [...layersMatching(model, pattern)]));
  const draws = new Draws(g, input.shape[0]!, new Set([TARGET, ...model.inputs.map(({ name }) => name!)]));
  const feeds = new Map<string, Value>();
  /** What a method that is asked about one of the inputs sees of a model that reads them where they are, or elsewhere. */
  const contextOf = (
    there: Graph,
    inputs: readonly Value[],
    own: number,
    method: Part,
    reach: Reach,
  ): PartContext => {
    const output = there.outputs[outputName]!;
    const at = inputs[own]!;
    let seeds: ReadonlyMap<Value, Value> | undefined;
    return {
      g,
      model: there,
      input: at,
      inputs,
      output,
      roles: rolesOf(there),
      layer: (name) => layer(there, name),
      defaultLayer: () => defaultLayer(at, output, method),
      backward: (wrt, ruleOf) => {
        seeds ??= seedsOf(g, there, output, at, target, options.objective);
        // A rule shares out between all inputs that are explained, whichever is asked about.
        return reach(seeds, wrt, inputs.length > 1 ? inputs : [], ruleOf);
      },
      at: (elsewhere, value = at) => {
        const moving = typeof elsewhere === 'function' ? inputs : [value];
        const to = new Map(
          moving.map((from) => [from, typeof elsewhere === 'function' ? elsewhere(from) : elsewhere]),
        );
        const moved = rewrite(there, () => undefined, g, to);
        const now = inputs.map((each) => to.get(each) ?? each);
        return contextOf(moved, now, own, method, (seeds, wrt, beside, ruleOf) =>
          walk(g, { seeds, wrt, beside, ruleOf, method: method.id }),
        );
      },
      draw: (draw, of = at) => draws.take(draw, fed[Math.max(0, inputs.indexOf(of))]!.name!),
      score: () => scoreOf(g, there, output, at, target, options.objective),
      feed: (name, shape, dtype) => {
        const known = feeds.get(name);
        if (known) return known;
        const value = g.input(feedName(name), [input.shape[0]!, ...shape], dtype);
        feeds.set(name, value);
        return value;
      },
    };
  };

  const outputs: Record<string, Value> = { ...model.outputs };
  const relevanceNames = new Map(fed.map(({ name }): [string, string[]] => [name!, []]));
  const captures: Record<string, { activation: string; relevance: string }> = {};
  const add = (name: string, value: Value) => {
    if (Object.hasOwn(outputs, name)) refuseTwice('output', name);
    outputs[name] = value;
  };
  const mark = (value: Value) => markInvalid(g, value, target);
  for (const [index, method] of methods.entries()) {
    let captureRelevance: ReadonlyMap<Value, Value> | undefined;
    const reach: Reach = (seeds, wrt, beside, ruleOf) => {
      const wanted = index === 0 ? [...wrt, ...captured.values()] : wrt;
      const reached = walk(g, { seeds, wrt: wanted, beside, ruleOf, method: method.id });
      captureRelevance ??= reached;
      return reached;
    };
    const methodName = methods.length === 1 ? 'relevance' : `relevance.${uniqueId(methods, index)}`;
    // What the walks for two inputs have in common is made once: equal nodes are one.
    for (const [own, [inputName, names]] of [...relevanceNames].entries()) {
      const name = fed.length === 1 ? methodName : `${methodName}.${inputName}`;
      add(name, mark(method.build(contextOf(model, explained, own, method, reach))));
      names.push(name);
    }
    if (index > 0) continue;
    for (const [label, value] of captured) {
      const relevance = captureRelevance?.get(value);
      if (!relevance)
        throw new SaliencyError('unsupported', `${method.id} does not send relevance through "${label}"`);
      captures[label] = { activation: `${label}.activation`, relevance: `${label}.relevance` };
      add(`${label}.activation`, value);
      add(`${label}.relevance`, mark(relevance));
    }
  }
  const ownInputs = target?.input && isRead(target.input, outputs) ? [target.input] : [];
  return {
    graph: g.finish({
      inputs: [...model.inputs, ...ownInputs, ...draws.values, ...feeds.values()],
      outputs,
      names: model.names,
      metadata: { ...model.metadata, ...provenance(methods, options), ...draws.metadata() },
    }),
    outputs: {
      relevance: relevanceNames.get(fed[0]!.name!)!,
      inputs: Object.fromEntries(relevanceNames),
      captures,
    },
    draws: draws.inputs,
    input: fed[0]!.name!,
    output: outputName,
    notes: notesOn(model),
  };
}

/** What an input of a part's own is called in its program, so that none of the model's is called so. */
export const feedName = (name: string) => `${FED}${name}`;

/** The names of the inputs that a part is fed. */
export const feedsOf = ({ inputs }: Graph): string[] =>
  inputs.flatMap(({ name }) => (name?.startsWith(FED) ? [name.slice(FED.length)] : []));

const FED = 'regional-saliency.fed.';

export function notesOn(model: Graph): string[] {
  const fixed = model.inputs.find((value) => !isBatch(value.shape[0] ?? 1));
  return fixed
    ? [`the model was exported with a fixed batch of ${fixed.shape[0]}, which the program keeps`]
    : [];
}

export function refuseTwice(what: 'input' | 'output', name: string): never {
  throw new SaliencyError(
    'bad-input',
    `the model already has an ${what} called "${name}", which is what the program would call one of its own; rename it in the model`,
  );
}

export function isRead(input: Value, outputs: Readonly<Record<string, Value>>): boolean {
  return nodesOf({ inputs: [], outputs, names: new Map(), metadata: {} }).some((node) =>
    node.inputs.includes(input),
  );
}

/** What the methods did goes with the program. */
function provenance(
  methods: readonly Part[],
  options: Omit<CompileOptions, 'method'>,
): Record<string, string> {
  return {
    'regional-saliency.methods': JSON.stringify(methods.map(({ id, options }) => ({ id, options }))),
    'regional-saliency.target': options.objective
      ? (options.objective.about ?? 'objective')
      : String(options.target ?? 'predicted'),
    ...(options.preprocessing && {
      'regional-saliency.preprocessing': JSON.stringify(options.preprocessing),
    }),
  };
}

/**
 * Folds batch norms, except where a method asks for the value before one. LRP's rules presuppose the folding, so there
 * a layer's name means the folded layer.
 */
function canonizeFor(model: Graph, methods: readonly Part[], capture: readonly string[]): Graph {
  const layers = methods.flatMap((method) => method.layers ?? []);
  const merges = methods.some((method) => method.mergesNorms);
  const asked = merges ? layers : [...layers, ...capture];
  const keep = new Set(asked.flatMap((pattern) => [...layersMatching(model, pattern).values()]));
  const kept = canonize(model, keep);
  if (!merges || keep.size === 0 || nodesOf(kept).length === nodesOf(canonize(model)).length) return kept;
  throw new SaliencyError(
    'unsupported',
    `LRP needs the batch norm behind "${layers.join('", "')}" folded away and the other method needs the layer as it is; compile them one by one`,
  );
}

/** The inputs that are explained, in the order asked for. */
export function explainedInputs(model: Graph, { input, inputs }: Omit<CompileOptions, 'method'>): Value[] {
  if (!inputs) return [chosen(model.inputs, input, 'input')];
  if (input !== undefined || inputs.length === 0 || new Set(inputs).size < inputs.length) {
    throw new SaliencyError(
      'bad-input',
      'inputs names each input to explain once, and input, for a single one, is left out beside it',
    );
  }
  return inputs.map((name) => chosen(model.inputs, name, 'input'));
}

/** With an input's name, the value that a preprocessed program explains. */
const PREPROCESSED = 'regional-saliency.preprocessed.';

/** The same model, behind a scaling of the inputs that are explained where one is asked for; they keep their names. */
export function prepared(model: Graph, options: Omit<CompileOptions, 'method'>): Graph {
  const { preprocessing } = options;
  if (!preprocessing) return model;
  return explainedInputs(model, options).reduce(
    (graph, { name }) => scaled(graph, preprocessing, name!),
    model,
  );
}

function scaled(model: Graph, { scale = 1, mean, std }: Preprocessing, name: string): Graph {
  const old = chosen(model.inputs, name, 'input');
  const channels = old.shape[1];
  if (mean.length !== std.length || (mean.length !== 1 && mean.length !== channels)) {
    throw new SaliencyError(
      'bad-input',
      `mean and std need one value or ${String(channels)}, as the input ${showShape(old.shape)} has channels`,
    );
  }
  checkNumbers(mean, std);
  const g = new Builder(model);
  const shape = [mean.length, ...old.shape.slice(2).map(() => 1)];
  const raw: Value = { ...g.input(old.name!, old.shape, old.dtype) };
  const values = g.mul(raw, g.scalar(scale));
  const factor = g.constant(
    Float32Array.from(std, (value) => 1 / value),
    shape,
  );
  const ready = g.mul(g.sub(values, g.constant(Float32Array.from(mean), shape)), factor);
  const moved = rewrite(model, () => undefined, g, new Map([[old, ready]]));
  return {
    ...moved,
    inputs: model.inputs.map((value) => (value === old ? raw : value)),
    names: new Map([...moved.names, [PREPROCESSED + name, ready]]),
  };
}

function checkNumbers(mean: readonly number[], std: readonly number[]): void {
  if (!mean.every(Number.isFinite)) {
    throw new SaliencyError('bad-input', `every mean must be finite, but they are ${mean.join(', ')}`);
  }
  if (!std.every((value) => value > 0 && Number.isFinite(value))) {
    throw new SaliencyError('bad-input', `every std must be above 0, but they are ${std.join(', ')}`);
  }
}

export function nameOf(names: readonly string[], wanted: string | undefined, what: string): string {
  const name = wanted ?? names[0];
  if (name === undefined || !names.includes(name)) {
    throw new SaliencyError(
      'unknown-name',
      `the model has no ${what} "${wanted ?? ''}"; it has ${names.map((item) => `"${item}"`).join(', ')}`,
    );
  }
  return name;
}

function chosen(values: readonly Value[], wanted: string | undefined, what: string): Value {
  const name = nameOf(
    values.map((value) => value.name!),
    wanted,
    what,
  );
  return values.find((value) => value.name === name)!;
}

/** The scalar that is explained, [N]: the target's score, or the objective. */
export function scoreOf(
  g: Builder,
  model: Graph,
  output: Value,
  input: Value,
  target: ChosenTarget | undefined,
  objective: Objective | undefined,
): Value {
  if (objective) return objectiveOf(g, model, input, target, objective);
  return g.reduceSum(g.mul(output, target!.mask), [1], false);
}

/** Where relevance starts: the derivative of the objective by each output; for a class score, 1 at the target. */
function seedsOf(
  g: Builder,
  model: Graph,
  output: Value,
  input: Value,
  target: ChosenTarget | undefined,
  objective: Objective | undefined,
): Map<Value, Value> {
  if (!objective) {
    const shape: Dim[] = [...output.shape];
    return new Map([[output, g.expand(target!.mask, shape)]]);
  }
  const scalar = objectiveOf(g, model, input, target, objective);
  const outputs = new Set(Object.values(model.outputs));
  const read = firstReached(scalar, outputs);
  const seeds = new Map([[scalar, g.expandLike(g.scalar(1, scalar.dtype), scalar)]]);
  // One output may be computed from another (probabilities from logits): how, is for the method's own walk to follow.
  const stop: Rule = () => [];
  const ruleOf = (node: Node) => (node.outputs.some((value) => outputs.has(value)) ? stop : undefined);
  // An output may only choose (which box is best), and has no derivative then.
  const reached = walk(g, { seeds, wrt: [], beside: read, ruleOf, method: 'objective' });
  const found = read.filter((value) => reached.has(value));
  if (found.length === 0) {
    throw new SaliencyError(
      'bad-input',
      "the objective's derivative by every output of the model is zero, so that relevance starts nowhere",
    );
  }
  return new Map(found.map((value) => [value, reached.get(value)!]));
}

/** The objective's scalar, checked: one number an image that depends on the model. */
function objectiveOf(
  g: Builder,
  model: Graph,
  input: Value,
  target: ChosenTarget | undefined,
  objective: Objective,
): Value {
  const index = target?.index ?? g.constant([0], [1, 1], 'int64');
  const scalar = objective(g, model.outputs, index);
  if (firstReached(scalar, new Set(Object.values(model.outputs))).length === 0)
    throw new SaliencyError('bad-input', 'the objective does not depend on any output of the model');
  if (!sameShape(scalar.shape, input.shape.slice(0, 1))) {
    throw new SaliencyError(
      'bad-input',
      `an objective is one number an image, of shape ${showShape(input.shape.slice(0, 1))}, but this one is ${showShape(scalar.shape)}`,
    );
  }
  return scalar;
}

/** Those of the given values that a value is computed from by a path that passes no other of them. */
function firstReached(from: Value, values: ReadonlySet<Value>): Value[] {
  const seen = new Set([from]);
  for (const value of seen) {
    if (values.has(value)) continue;
    for (const input of value.node?.inputs ?? []) if (input) seen.add(input);
  }
  return [...seen].filter((value) => values.has(value));
}

/** An image whose target does not exist gets NaN, never a map of zeros. */
function markInvalid(g: Builder, relevance: Value, target: ChosenTarget | undefined): Value {
  if (!target?.invalid) return relevance;
  const shape: Dim[] = [relevance.shape[0]!, ...relevance.shape.slice(1).map(() => 1)];
  return g.add(relevance, g.reshape(target.invalid, shape));
}

function defaultLayer(input: Value, output: Value, method: Part): Value {
  const between = new Set([input]);
  for (const node of nodesBehind([output])) {
    if (!node.inputs.some((value) => value && between.has(value))) continue;
    for (const value of node.outputs) if (value.dtype.includes('float')) between.add(value);
  }
  between.delete(input);
  const value = lastSpatialValue(between);
  if (!value) {
    throw new SaliencyError(
      'unsupported',
      `${method.id} found no layer with places (4 dimensions) to use; name one`,
    );
  }
  return value;
}
