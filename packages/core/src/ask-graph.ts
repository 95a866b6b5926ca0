/** What asks a graph on behalf of procedures: the forward pass, and parts where they have any. */
import { compileParts, compileScore, SCORE } from './compile-procedure';
import { SaliencyError } from './errors';
import type { ExplainerOptions, ExplainOptions } from './explainer';
import type { Graph } from './graph';
import type { Procedure } from './procedure';
import { type Asking, proceed } from './proceed';
import { feedsOf, type Program } from './program';
import { takeRowsOrOnly } from './rows';
import { hasRows, type Loaded, load, runInSlices, takesTarget } from './slices';
import type { Tensor } from './tensor';

/** A graph that procedures ask. */
export interface AskedGraph {
  /** Runs the forward pass, with the score. */
  readonly scoring: Loaded;
  /** @param given all inputs of the model */
  explain(
    procedure: Procedure,
    given: Readonly<Record<string, Tensor>>,
    target: Int32Array,
    options: ExplainOptions,
  ): ReturnType<typeof proceed>;
  dispose(): Promise<void>;
}

/** Compiles what procedures run, so that a layer which does not exist is told at once. @returns what loads it */
export function askGraph(
  model: Graph,
  procedures: readonly Procedure[],
  options: ExplainerOptions,
): () => Promise<AskedGraph> {
  const score = compileScore(model, options);
  const parts = new Map(procedures.map((procedure) => [procedure, partsOf(procedure, model, options)]));
  return async () => {
    const scoring = await load(score, options.backend);
    return {
      scoring,
      explain: (procedure, given, target, explainOptions) => {
        const { signal } = explainOptions;
        const asking = askingGraph(
          procedure,
          { scoring, parts: parts.get(procedure)! },
          { given, target, signal, batch: options.batch },
        );
        return proceed(procedure, asking, given[scoring.program.input]!, explainOptions);
      },
      dispose: async () => {
        await scoring.session.dispose();
        for (const own of parts.values()) for (const part of Object.values(own)) await part.dispose();
      },
    };
  };
}

/** A procedure's part, loaded once, when it is first run. */
interface LoadedPart {
  load(): Promise<Loaded>;
  dispose(): Promise<void>;
}

function partsOf(procedure: Procedure, model: Graph, options: ExplainerOptions): Record<string, LoadedPart> {
  const programs = Object.entries(compileParts(model, procedure, options));
  return Object.fromEntries(
    programs.map(([name, program]) => {
      let loading: Promise<Loaded> | undefined;
      const once = () => {
        loading ??= load(program, options.backend);
        return loading;
      };
      const dispose = async () => (await loading?.catch(() => undefined))?.session.dispose();
      return [name, { load: once, dispose }];
    }),
  );
}

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
