/** What runs graphs. A backend does nothing else: methods, targets and batches are settled before it sees a program. */
import type { Graph } from './graph';
import type { Tensor } from './tensor';

export interface Backend {
  /** For messages and reports: `onnxruntime (cpu)`. */
  readonly name: string;
  /**
   * Prepares a program.
   *
   * @throws SaliencyError `backend` or `unsupported`, naming the node, where the backend can't run it
   */
  load(program: Graph): Promise<Session>;
}

export interface Session {
  /**
   * Runs the program once.
   *
   * @param feeds one tensor for each input of the program, by name; the batch size is theirs
   * @returns one tensor for each output, by name, owned by the caller
   */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Frees what the session holds; safe to call twice. */
  dispose(): Promise<void> | void;
}
