/** Compiles a model and methods into one program. */
import { SaliencyError } from './errors';
import { methodsOf } from './given';
import type { Graph } from './graph';
import type { Method } from './method';
import { isProcedure, type Procedure } from './procedure';
import { type CompileOptions, type Program, programOf } from './program';

/**
 * @throws SaliencyError naming the node, layer or target that stands in the way
 */
export function compile(source: Graph, options: CompileOptions): Program {
  return programOf(source, options, methodsOf(options.method).map(programOnly));
}

function programOnly(method: Method | Procedure): Method {
  if (!isProcedure(method)) return method;
  throw new SaliencyError(
    'unsupported',
    `${method.id} asks the model for many predictions and is no graph of its own, so it can't be compiled; explain with it, or compile another method`,
  );
}
