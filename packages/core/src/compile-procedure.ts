/** The programs that a procedure asks: the forward pass with the explained scalar, and its parts. */
import { Builder } from './builder';
import { canonize } from './canonize';
import type { Graph, Value } from './graph';
import type { Procedure } from './procedure';
import {
  type CompileOptions,
  explainedInputs,
  isRead,
  nameOf,
  notesOn,
  type Program,
  prepared,
  programOf,
  refuseTwice,
  scoreOf,
} from './program';
import { checkTarget, chooseTarget, TARGET } from './target';

/** The output of a `compileScore` program with the scalar that is explained, [N]. */
export const SCORE = 'regional-saliency.score';

/**
 * The forward pass with the scalar that is explained as one more output, `SCORE`: what a procedure calls. Where outputs
 * are classes, the program has the target as an input, whatever the options say of it.
 *
 * @throws SaliencyError naming the node, layer or target that stands in the way
 */
export function compileScore(source: Graph, options: Omit<CompileOptions, 'method' | 'capture'>): Program {
  const model = canonize(prepared(source, options));
  const g = new Builder(model);
  const [fed] = explainedInputs(model, options) as [Value];
  const outputName = nameOf(Object.keys(model.outputs), options.output, 'output');
  const output = model.outputs[outputName]!;
  const target =
    options.objective && output.shape.length !== 2 ? undefined : chooseTarget(g, output, 'input');
  if (target && model.inputs.some(({ name }) => name === TARGET)) refuseTwice('input', TARGET);
  if (typeof options.target === 'number' && target) checkTarget(options.target, output.shape[1] as number);
  const score = scoreOf(g, model, output, fed, target, options.objective);
  const outputs = { ...model.outputs, [SCORE]: score };
  return {
    graph: g.finish({
      inputs: target?.input && isRead(target.input, outputs) ? [...model.inputs, target.input] : model.inputs,
      outputs,
      names: model.names,
      metadata: model.metadata,
    }),
    outputs: { relevance: [], inputs: {}, captures: {} },
    draws: [],
    input: fed.name!,
    output: outputName,
    notes: notesOn(model),
  };
}

/**
 * The parts of a procedure, by name: programs whose one output is `relevance`, what the part computes. Where outputs are
 * classes, they have the target as an input, as the score's program has.
 *
 * @throws SaliencyError naming the node, layer or target that stands in the way
 */
export function compileParts(
  source: Graph,
  { parts = {} }: Procedure,
  options: Omit<CompileOptions, 'method' | 'capture'>,
): Record<string, Program> {
  // An objective that was given no target has none to feed.
  const target = options.objective ? (options.target ?? 'predicted') : 'input';
  const own = { ...options, target: target === 'predicted' ? target : ('input' as const) };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => {
      const program = programOf(source, own, [part]);
      const { relevance } = program.graph.outputs;
      return [name, { ...program, graph: { ...program.graph, outputs: { relevance: relevance! } } }];
    }),
  );
}
