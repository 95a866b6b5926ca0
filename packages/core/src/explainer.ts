/** The everyday front door: a model, a method and a backend made into something that explains images. */
import type { AskedGraph } from './ask-graph';
import type { Backend } from './backend';
import { type BlackBox, isBlackBox } from './black-box';
import type { BlackBoxExplainer, BlackBoxExplainerOptions } from './black-box-explainer';
import { showShape } from './dimension';
import { SaliencyError } from './errors';
import { checkFiniteImages, checkFiniteMap } from './finite';
import { checkBackend, checkModel, checkTensor, isByName, methodsOf, shapeHint } from './given';
import type { Graph, Value } from './graph';
import { layersMatching } from './layers';
import { type Method, uniqueId } from './method';
import { isProcedure, type Procedure } from './procedure';
import { type CompileOptions, type Program, programOf } from './program';
import { hasRows, inputNamed, type Loaded, load, runInSlices, takesTarget } from './slices';
import { givenTargets, predictedTargets } from './target';
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
  const procedures = methods.filter(isProcedure);
  const loadAsked = procedures[0]?.ask(model, procedures, options);
  const explaining =
    programs.length > 0
      ? await load(programOf(model, { ...options, capture }, programs), options.backend)
      : undefined;
  const asked = await loadAsked?.();
  const main = (explaining ?? asked?.scoring)!;
  const { program } = main;
  const hooked = hooksByName(model, program, hooks);
  return {
    program,
    explain: async (images, explainOptions = {}) => {
      const explanation = await explainAll(
        { model, methods, programs, main, asked },
        options,
        images,
        explainOptions,
      );
      for (const [name, call] of hooked) call(explanation.captures[name]!, name);
      return explanation;
    },
    dispose: async () => {
      await explaining?.session.dispose();
      await asked?.dispose();
    },
  };
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
  /** Runs the programs; where there are none, the model. */
  readonly main: Loaded;
  /** What procedures ask, where there are any. */
  readonly asked: AskedGraph | undefined;
}

async function explainAll(
  { model, methods, programs, main, asked }: Compiled,
  options: ExplainerOptions,
  images: Tensor | Readonly<Record<string, Tensor>>,
  explainOptions: ExplainOptions,
): Promise<Explanation> {
  const { program } = main;
  const given = givenInputs(model, program, images);
  const count = given[program.input]!.shape[0]!;
  const classes = program.graph.outputs[program.output]!.shape.at(-1) as number;
  // A settled target is still an input of the program that scores variants.
  const wanted =
    programs.length > 0 ? takesTarget(program) : options.target === 'input' && takesTarget(program);
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
    const { relevance, standardError } = await asked!.explain(method, given, target, explainOptions);
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

function chosenTargets(output: Tensor, targets: number[] | undefined, options: ExplainerOptions): Int32Array {
  const count = output.shape[0]!;
  if (targets) return Int32Array.from(targets);
  if (typeof options.target === 'number') return new Int32Array(count).fill(options.target);
  if (output.shape.length !== 2 || (options.objective && options.target === undefined)) {
    return new Int32Array(count).fill(-1);
  }
  return predictedTargets(output);
}
