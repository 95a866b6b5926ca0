/** The everyday front door: a model, a method and a backend made into something that explains images. */
import type { Backend, Session } from './backend';
import { type BlackBox, isBlackBox } from './black-box';
import type { BlackBoxExplainer, BlackBoxExplainerOptions } from './black-box-explainer';
import {
  type CompileOptions,
  compile,
  compileParts,
  compileScore,
  feedName,
  feedsOf,
  type Program,
  SCORE,
} from './compile';
import { isBatch, showShape } from './dimension';
import { drawFor } from './draws';
import { SaliencyError } from './errors';
import { checkFiniteImages, checkFiniteMap } from './finite';
import { checkBackend, checkModel, checkTensor, isByName, methodsOf, shapeHint } from './given';
import type { Graph, Value } from './graph';
import { layersMatching } from './layers';
import { type Method, uniqueId } from './method';
import { isProcedure, type Procedure } from './procedure';
import { type Asking, proceed } from './proceed';
import { batchAxis, firstAlong, joinAlong, takeRows, takeRowsOrOnly } from './rows';
import { givenTargets, predictedTargets, TARGET } from './target';
import type { Tensor } from './tensor';

/** A layer's activation and its relevance, [N, …] each. */
export interface Capture {
  readonly activation: Tensor;
  readonly relevance: Tensor;
}

/** What methods say of one of the model's inputs. */
export interface InputRelevance {
  /** That of the first method. */
  readonly relevance: Tensor;
  /** That of every method, by id. */
  readonly relevances: Readonly<Record<string, Tensor>>;
}

export interface Explanation {
  /** The model's scores, [N, classes]. */
  readonly output: Tensor;
  /** Which output was explained, for each image (-1 where an objective without a target was). */
  readonly target: Int32Array;
  /** The relevance of the first method: [N, C, H, W], or [N, 1, H, W] for class activation maps. */
  readonly relevance: Tensor;
  /** The relevance of every method, by id. */
  readonly relevances: Readonly<Record<string, Tensor>>;
  /** The same for each input that is explained, by its name; the first is above. */
  readonly inputs: Readonly<Record<string, InputRelevance>>;
  /** What sampling left uncertain, by the id of procedures that can say: in the shape of their relevance. */
  readonly standardErrors: Readonly<Record<string, Tensor>>;
  readonly captures: Readonly<Record<string, Capture>>;
}

export interface ExplainerOptions extends CompileOptions {
  readonly backend: Backend;
  /** Called with what each named layer (or pattern) did, once for every explanation. */
  readonly hooks?: Readonly<Record<string, (capture: Capture, name: string) => void>> | undefined;
  /** The largest number of images in one run; default all that are given, and 16 of a procedure's variants (64 in a part of it). */
  readonly batch?: number | undefined;
}

export interface ExplainOptions {
  /** One index for all images or one an image; only where the explainer was made with `target: 'input'`. */
  readonly target?: number | ArrayLike<number> | undefined;
  /** Each image's regions as masks [R, H, W], not 0 inside, for procedures that take regions together. */
  readonly regions?: readonly Tensor[] | undefined;
  /** Stops between two runs: `explain` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called as a procedure's variants get done. */
  readonly progress?: ((done: number, total: number, procedure: string) => void) | undefined;
}

export interface Explainer {
  /** The methods' program; where all of them are procedures, the one that scores variants. */
  readonly program: Program;
  /**
   * @param images [N, C, H, W] as the model expects them; where it has several inputs, all of them by name, those that are
   * only read too (one row may stand for all of those)
   * @throws SaliencyError `bad-input` for a wrong shape, NaN or a target out of range
   */
  explain(images: Tensor | Readonly<Record<string, Tensor>>, options?: ExplainOptions): Promise<Explanation>;
  dispose(): Promise<void>;
}

/**
 * Compiles a model's explanation and loads it. Methods that are programs share one; procedures share another, the forward
 * pass alone, which they call with variants of an image. Parts of procedures are loaded when they are first run.
 *
 * A model that is only a function (`fromFunction`) needs no backend, and takes methods that ask for predictions only.
 *
 * @example
 * const explainer = await createExplainer(model, { backend, method: gradient() });
 * const { relevance } = await explainer.explain(images);
 */
export async function createExplainer(model: Graph, options: ExplainerOptions): Promise<Explainer>;
export async function createExplainer(
  model: BlackBox,
  options: BlackBoxExplainerOptions,
): Promise<BlackBoxExplainer>;
export async function createExplainer(
  model: Graph | BlackBox,
  options: ExplainerOptions | BlackBoxExplainerOptions,
): Promise<Explainer | BlackBoxExplainer> {
  return isBlackBox(model) ? model.explainer(options) : explainGraph(model, options as ExplainerOptions);
}

async function explainGraph(model: Graph, options: ExplainerOptions): Promise<Explainer> {
  checkModel(model);
  const methods = methodsOf(options?.method);
  checkBackend(options.backend);
  const programs = methods.filter((method): method is Method => !isProcedure(method));
  const hooks = options.hooks ?? {};
  const capture = [...(options.capture ?? []), ...Object.keys(hooks)];
  const [first] = methods;
  if (first && programs.length === 0 && capture.length > 0) {
    throw new SaliencyError(
      'bad-input',
      `${first.id} only asks for predictions, so it sends no relevance through "${capture[0]}" to capture`,
    );
  }
  const alone = options.inputs && options.inputs.length > 1 ? methods.find(isProcedure) : undefined;
  if (alone) {
    throw new SaliencyError(
      'unsupported',
      `${alone.id} changes one input at a time: make an explainer for each, as in input: '${options.inputs![0]}'`,
    );
  }
  const parts = new Map(
    methods.filter(isProcedure).map((procedure) => [procedure, partsOf(procedure, model, options)]),
  );
  const explaining =
    first && programs.length === 0
      ? undefined
      : await load(compile(model, { ...options, method: programs, capture }), options);
  const scoring =
    programs.length === methods.length ? undefined : await load(compileScore(model, options), options);
  const program = (explaining ?? scoring)!.program;
  const hooked = hooksByName(model, program, hooks);
  return {
    program,
    explain: async (images, explainOptions = {}) => {
      const explanation = await explainAll(
        { model, methods, programs, explaining, scoring, parts },
        options,
        images,
        explainOptions,
      );
      for (const [name, call] of hooked) call(explanation.captures[name]!, name);
      return explanation;
    },
    dispose: async () => {
      await explaining?.session.dispose();
      await scoring?.session.dispose();
      for (const own of parts.values()) for (const part of Object.values(own)) await part.dispose();
    },
  };
}

/** A program and the session that runs it. */
interface Loaded {
  readonly program: Program;
  readonly session: Session;
}

async function load(program: Program, { backend }: ExplainerOptions): Promise<Loaded> {
  return { program, session: await backend.load(program.graph) };
}

/** A procedure's part, loaded once, when it is first run. */
interface LoadedPart {
  load(): Promise<Loaded>;
  dispose(): Promise<void>;
}

/** Compiled with the explainer all the same, so that a layer which does not exist is told then. */
function partsOf(procedure: Procedure, model: Graph, options: ExplainerOptions): Record<string, LoadedPart> {
  const programs = Object.entries(compileParts(model, procedure, options));
  return Object.fromEntries(
    programs.map(([name, program]) => {
      let loading: Promise<Loaded> | undefined;
      const once = () => {
        loading ??= load(program, options);
        return loading;
      };
      const dispose = async () => (await loading?.catch(() => undefined))?.session.dispose();
      return [name, { load: once, dispose }];
    }),
  );
}

/** Which captured layer calls which hook: a hook's name may be a pattern. */
function hooksByName(model: Graph, program: Program, hooks: NonNullable<ExplainerOptions['hooks']>) {
  const calls: [string, (capture: Capture, name: string) => void][] = [];
  for (const [pattern, call] of Object.entries(hooks)) {
    for (const name of layersMatching(model, pattern).keys()) {
      if (program.outputs.captures[name]) calls.push([name, call]);
    }
  }
  return calls;
}

interface Compiled {
  readonly model: Graph;
  readonly methods: readonly (Method | Procedure)[];
  readonly programs: readonly Method[];
  /** Runs the programs, where there are any. */
  readonly explaining: Loaded | undefined;
  /** Runs the model for procedures, where there are any. */
  readonly scoring: Loaded | undefined;
  readonly parts: ReadonlyMap<Procedure, Readonly<Record<string, LoadedPart>>>;
}

async function explainAll(
  { model, methods, programs, explaining, scoring, parts }: Compiled,
  options: ExplainerOptions,
  images: Tensor | Readonly<Record<string, Tensor>>,
  explainOptions: ExplainOptions,
): Promise<Explanation> {
  const main = (explaining ?? scoring)!;
  const { program } = main;
  const given = givenInputs(model, program, images);
  const count = given[program.input]!.shape[0]!;
  const classes = program.graph.outputs[program.output]!.shape.at(-1) as number;
  // A settled target is still an input of the program that scores variants.
  const wanted = explaining ? takesTarget(program) : options.target === 'input' && takesTarget(program);
  const targets = givenTargets(wanted, explainOptions.target, count, classes);
  const { signal } = explainOptions;
  const fed = targets ?? (takesTarget(program) ? new Array<number>(count).fill(0) : undefined);
  const joined = await runInSlices(main, given, {
    count,
    targets: fed,
    batch: options.batch ?? count,
    signal,
  });
  const output = joined[program.output]!;
  const target = chosenTargets(output, targets, options);

  const found = new Map<string, Tensor>();
  for (const [index, name] of program.outputs.relevance.entries()) {
    found.set(uniqueId(programs, index), joined[name]!);
  }
  const standardErrors: Record<string, Tensor> = {};
  for (const [index, method] of methods.entries()) {
    if (!isProcedure(method)) continue;
    const id = uniqueId(methods, index);
    const asking = askingGraph(
      method,
      { scoring: scoring!, parts: parts.get(method)! },
      { given, target, signal, batch: options.batch },
    );
    const { relevance, standardError } = await proceed(method, asking, given[program.input]!, explainOptions);
    found.set(id, relevance);
    if (standardError) standardErrors[id] = standardError;
  }
  const relevances = Object.fromEntries(
    methods.map((_, index) => [uniqueId(methods, index), found.get(uniqueId(methods, index))!]),
  );
  const inputs: Record<string, InputRelevance> = { [program.input]: ofMethods(relevances) };
  for (const [input, names] of Object.entries(program.outputs.inputs).slice(1)) {
    inputs[input] = ofMethods(
      Object.fromEntries(names.map((name, index) => [uniqueId(programs, index), joined[name]!])),
    );
  }
  for (const own of Object.values(inputs)) {
    for (const [id, relevance] of Object.entries(own.relevances))
      checkFiniteMap(id, relevance, options.objective && (options.objective.about ?? 'the objective'));
  }
  return {
    output,
    target,
    ...inputs[program.input]!,
    inputs,
    standardErrors,
    captures: Object.fromEntries(
      Object.entries(program.outputs.captures).map(([name, { activation, relevance }]) => [
        name,
        { activation: joined[activation]!, relevance: joined[relevance]! },
      ]),
    ),
  };
}

const ofMethods = (relevances: Readonly<Record<string, Tensor>>): InputRelevance => ({
  relevance: Object.values(relevances)[0]!,
  relevances,
});

const takesTarget = ({ graph }: Program) => graph.inputs.some(({ name }) => name === TARGET);

/** How many variants go into one run where nothing is said: more are hardly faster on a CPU and only take memory. */
const VARIANTS = 16;

/** The same for a procedure's parts: they compute less for each, and some of it once for all of a run. */
const PART_VARIANTS = 4 * VARIANTS;

/** What a procedure asks of a graph: the forward pass, and parts where it has any. */
function askingGraph(
  procedure: Procedure,
  { scoring, parts }: { readonly scoring: Loaded; readonly parts: Readonly<Record<string, LoadedPart>> },
  options: {
    /** All inputs of the model. */
    readonly given: Readonly<Record<string, Tensor>>;
    readonly target: Int32Array;
    readonly signal: AbortSignal | undefined;
    readonly batch: number | undefined;
  },
): Asking {
  const { given, target, signal, batch = VARIANTS } = options;
  const partBatch = options.batch ?? PART_VARIANTS;
  const targetsFor = ({ program }: Loaded, index: number, rows: number) =>
    takesTarget(program) ? new Array<number>(rows).fill(target[index]!) : undefined;
  /** The image's inputs beside the one that varies. */
  const otherInputs = ({ program }: Loaded, index: number) =>
    Object.fromEntries(
      Object.entries(given)
        .filter(([name]) => name !== program.input)
        .map(([name, own]) => [name, hasRows(program, name) ? takeRowsOrOnly(own, [index]) : own]),
    );
  return {
    batch: Object.keys(parts).length > 0 ? partBatch : batch,
    predict: (index) => async (variants) => {
      const count = variants.shape[0]!;
      const { [SCORE]: scores } = await runInSlices(
        scoring,
        { ...otherInputs(scoring, index), [scoring.program.input]: variants },
        { count, targets: targetsFor(scoring, index, count), batch, signal },
      );
      return Float64Array.from(scores!.data as Float32Array);
    },
    part: (index, image) => {
      const repeated = repeats(image);
      return async (name, feeds = {}) => {
        const loaded = await partOf(procedure, parts, name).load();
        const count = rowsOf(loaded.program, feeds, `the part "${name}" of ${procedure.id}`);
        const { relevance } = await runInSlices(
          loaded,
          { ...otherInputs(loaded, index), [loaded.program.input]: image },
          {
            count,
            targets: targetsFor(loaded, index, count),
            batch: partBatch,
            signal,
            feeds,
            repeated,
          },
        );
        return relevance!;
      };
    },
  };
}

function partOf({ id }: Procedure, parts: Readonly<Record<string, LoadedPart>>, name: string): LoadedPart {
  if (Object.hasOwn(parts, name)) return parts[name]!;
  const known = Object.keys(parts).map((each) => `"${each}"`);
  throw new SaliencyError(
    'unknown-name',
    `${id} has no part "${name}"; it has ${known.length > 0 ? known.join(', ') : 'none'}`,
  );
}

/** How many rows what is fed has, where one may stand for all. */
function rowsOf({ graph }: Program, feeds: Readonly<Record<string, Tensor>>, what: string): number {
  const list = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ') || 'nothing';
  const [read, fed] = [feedsOf(graph), Object.keys(feeds)];
  if (read.length !== fed.length || !read.every((name) => fed.includes(name))) {
    throw new SaliencyError('bad-input', `${what} is fed ${list(fed)}, but reads ${list(read)}`);
  }
  const counts = Object.values(feeds).map(({ shape }) => shape[0]!);
  const rows = Math.max(1, ...counts);
  if (counts.every((count) => count === rows || count === 1)) return rows;
  throw new SaliencyError(
    'bad-input',
    `what is fed to ${what} has ${counts.join(' and ')} rows: give as many of each, or one for all`,
  );
}

/** An image in each of so many rows; kept, since a part is run on as many of them again and again. */
function repeats(image: Tensor): (count: number) => Tensor {
  let kept = image;
  return (count) => {
    if (kept.shape[0] !== count) kept = takeRowsOrOnly(image, new Array<number>(count).fill(0));
    return kept;
  };
}

/** Runs a program on images, as many at a time as fit; a batch that a file has fixed is filled up. */
async function runInSlices(
  { program, session }: Loaded,
  given: Readonly<Record<string, Tensor>>,
  options: {
    readonly count: number;
    readonly targets: readonly number[] | undefined;
    readonly batch: number;
    readonly signal: AbortSignal | undefined;
    /** The image in each of so many rows, where one image is for all. */
    readonly repeated?: ((count: number) => Tensor) | undefined;
    /** What else goes into each row; one of [1, …] into all. */
    readonly feeds?: Readonly<Record<string, Tensor>> | undefined;
  },
): Promise<Record<string, Tensor>> {
  const { count, targets, batch, signal, repeated } = options;
  const fixed = fixedBatch(program);
  const step = fixed ?? Math.max(1, Math.min(batch, count));
  const parts: Record<string, Tensor>[] = [];
  for (let start = 0; start < count; start += step) {
    signal?.throwIfAborted();
    const size = Math.min(step, count - start);
    // A file whose batch was baked in gets its last images again to fill the slice.
    const rows = Array.from({ length: fixed ?? size }, (_, at) => start + Math.min(at, size - 1));
    const feeds: Record<string, Tensor> = {};
    for (const [name, own] of Object.entries(given)) {
      if (name === program.input) feeds[name] = repeated?.(rows.length) ?? takeRows(own, rows);
      else feeds[name] = hasRows(program, name) ? takeRowsOrOnly(own, rows) : own;
    }
    for (const [name, fed] of Object.entries(options.feeds ?? {})) {
      feeds[feedName(name)] = takeRowsOrOnly(fed, rows);
    }
    for (const drawn of program.draws) feeds[drawn.input] = drawFor(drawn, feeds[drawn.of]!);
    if (targets) {
      feeds[TARGET] = {
        data: BigInt64Array.from(rows, (row) => BigInt(targets[row]!)),
        shape: [rows.length],
        dtype: 'int64',
      };
    }
    const results = await session.run(feeds);
    parts.push(results);
  }
  return joinParts(program.graph, parts, fixed, count);
}

const inputNamed = ({ graph }: Program, name: string) => graph.inputs.find((value) => value.name === name)!;

/** The batch that a file has fixed. */
function fixedBatch(program: Program): number | undefined {
  const [batch] = inputNamed(program, program.input).shape;
  return isBatch(batch!) ? undefined : batch;
}

/** Whether an input of the model has a row for each image; else all images share what it is fed. */
function hasRows(program: Program, name: string): boolean {
  const [first] = inputNamed(program, name).shape;
  return first !== undefined && (isBatch(first) || first === fixedBatch(program));
}

/** What the model's inputs are fed, by name, checked. */
function givenInputs(
  model: Graph,
  program: Program,
  images: Tensor | Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  const names = model.inputs.map(({ name }) => name!);
  const given = isByName(images) ? images : { [program.input]: images };
  for (const [name, own] of Object.entries(given)) checkTensor(own, `what was given as "${name}"`);
  if (names.length !== Object.keys(given).length || !names.every((name) => Object.hasOwn(given, name))) {
    const list = (each: readonly string[]) => each.map((name) => `"${name}"`).join(', ');
    throw new SaliencyError(
      'bad-input',
      `the model reads ${list(names)}, but ${list(Object.keys(given))} was given: give each by its name, as in explain({ ${names.join(', ')} })`,
    );
  }
  const count = given[program.input]!.shape[0]!;
  for (const [name, own] of Object.entries(given)) {
    checkInput(own, inputNamed(program, name), hasRows(program, name));
    const alone = own.shape[0] === 1 && !Object.hasOwn(program.outputs.inputs, name);
    if (hasRows(program, name) && own.shape[0] !== count && !alone) {
      throw new SaliencyError(
        'bad-input',
        `input "${name}" was given ${own.shape[0]} rows for ${count} images: give one for each`,
      );
    }
  }
  return given;
}

function checkInput(own: Tensor, { name, shape: expected, dtype }: Value, rows: boolean): void {
  const { shape } = own;
  const fits =
    shape.length === expected.length &&
    expected.every((dim, axis) => (axis === 0 && rows) || typeof dim !== 'number' || dim === shape[axis]);
  if (!fits) {
    throw new SaliencyError(
      'bad-input',
      `input "${name}" takes images of shape ${showShape(expected)}, but these are [${shape.join(', ')}]${shapeHint(expected, shape)}`,
    );
  }
  if (own.dtype !== dtype) {
    throw new SaliencyError(
      'bad-input',
      `input "${name}" takes ${dtype} values, but these are ${own.dtype}: convert them first`,
    );
  }
  checkFiniteImages(own);
}

/**
 * The results of all runs as if of one: rows that only filled the last slice of a fixed batch are left out, and what does
 * not depend on the images is taken once.
 */
function joinParts(
  graph: Graph,
  parts: readonly Record<string, Tensor>[],
  fixed: number | undefined,
  count: number,
): Record<string, Tensor> {
  const outputs = Object.entries(graph.outputs).map(([name, { shape }]) => {
    const axis = batchAxis(shape, fixed);
    const first = parts[0]![name]!;
    if (axis === undefined) return [name, first];
    const whole = joinAlong(
      parts.map((part) => part[name]!),
      axis,
    );
    const filled = fixed !== undefined && count % fixed !== 0;
    const perImage = fixed === undefined ? 1 : first.shape[axis]! / fixed;
    return [name, filled ? firstAlong(whole, axis, count * perImage) : whole];
  });
  return Object.fromEntries(outputs);
}

function chosenTargets(output: Tensor, targets: number[] | undefined, options: ExplainerOptions): Int32Array {
  const count = output.shape[0]!;
  if (targets) return Int32Array.from(targets);
  if (typeof options.target === 'number') return new Int32Array(count).fill(options.target);
  if (output.shape.length !== 2 || (options.objective && options.target === undefined)) {
    return new Int32Array(count).fill(-1);
  }
  return predictedTargets(output);
}
