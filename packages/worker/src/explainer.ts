/** The page's side: an explainer as core's, which runs in a worker. */
import {
  type Capture,
  type ExplainerOptions,
  type ExplainOptions,
  type Explanation,
  SaliencyError,
  type Tensor,
} from '@regional-saliency/core';
import {
  buffersIn,
  type Explained,
  errorOf,
  type Named,
  type Opening,
  type Reply,
  type Request,
  type Speaker,
} from './messages';

/** Core's options, where models, backends, methods and objectives go by the names that the worker serves them under. */
export interface WorkerExplainerOptions extends Omit<ExplainerOptions, 'backend' | 'method' | 'objective'> {
  readonly model: Named;
  readonly backend: Named;
  readonly method: Named | readonly Named[];
  readonly objective?: Named | undefined;
  /** Whether the memory of arrays in `model` is handed over, not copied: they are empty afterwards. */
  readonly transfer?: boolean | undefined;
}

export interface WorkerExplainOptions extends ExplainOptions {
  /** Whether the memory of the images (and regions) is handed over, not copied: they are empty afterwards. */
  readonly transfer?: boolean | undefined;
}

export interface WorkerExplainer {
  /**
   * As core's. Explanations run one after another, in the order in which they were asked for. When `signal` aborts, this
   * fails at once with the signal's reason, and the worker stops after the run that it is in.
   *
   * @throws SaliencyError as in core, with the worker's message and code
   */
  explain(
    images: Tensor | Readonly<Record<string, Tensor>>,
    options?: WorkerExplainOptions,
  ): Promise<Explanation>;
  /** Frees what the worker holds for it, after what was asked before. The worker itself goes on. */
  dispose(): Promise<void>;
}

/** Something that was asked for. */
interface Pending {
  resolve(value: Explained | undefined): void;
  reject(reason: unknown): void;
  readonly progress: ExplainOptions['progress'];
}

/**
 * Makes an explainer in a worker whose file calls `serve`.
 *
 * @param worker a Worker, or the port of a SharedWorker
 * @throws SaliencyError as `createExplainer`; `unknown-name` for what the worker does not serve; `backend` where its file
 * can't be loaded
 * @example
 * const worker = new Worker(new URL('./saliency.worker.ts', import.meta.url), { type: 'module' });
 * const explainer = await createWorkerExplainer(worker, { model: { onnx: bytes }, method: 'gradient', backend: 'wasm' });
 */
export async function createWorkerExplainer(
  worker: Speaker & Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>,
  { model, backend, method, objective, hooks = {}, transfer, ...options }: WorkerExplainerOptions,
): Promise<WorkerExplainer> {
  const { port1: port, port2 } = new MessageChannel();
  const pending = new Map<number, Pending>();
  port.onmessage = ({ data }) => settle(pending, data as Reply);
  const opening: Opening = {
    'regional-saliency': { model, backend, method, objective, hooks: Object.keys(hooks), options },
    port: port2,
  };
  await new Promise<unknown>((resolve, reject) => {
    const failed = (event: Event) => {
      const reason = (event as Partial<ErrorEvent>).message;
      reject(
        new SaliencyError(
          'backend',
          `the worker's file can't be loaded${reason ? `: ${reason}` : ', or throws'}; it must be a module that calls serve, at an address of the page's own`,
        ),
      );
    };
    worker.addEventListener?.('error', failed);
    const settled = () => worker.removeEventListener?.('error', failed);
    pending.set(0, {
      resolve: (value) => {
        settled();
        resolve(value);
      },
      reject: (reason) => {
        settled();
        reject(reason);
      },
      progress: undefined,
    });
    send(worker, opening, [port2, ...(transfer ? buffersIn(model) : [])]);
  }).catch((reason: unknown) => {
    port.close();
    throw reason;
  });

  let disposed: Promise<void> | undefined;
  let requests = 0;
  const ask = (
    make: (id: number) => Request,
    buffers: Transferable[],
    progress?: ExplainOptions['progress'],
  ) => {
    const id = ++requests;
    const answer = new Promise<Explained | undefined>((resolve, reject) => {
      pending.set(id, { resolve, reject, progress });
      send(port, make(id), buffers);
    });
    return { id, answer: answer.finally(() => pending.delete(id)) };
  };

  return {
    async explain(images, { target, regions, signal, progress, transfer: handOver } = {}) {
      if (disposed) throw new SaliencyError('backend', 'this explainer was disposed: create it again');
      signal?.throwIfAborted();
      const sent = { images, target, regions };
      const buffers = handOver ? [...buffersIn(sent)] : [];
      const { id, answer } = ask((number) => ({ id: number, explain: sent }), buffers, progress);
      const cancel = () => {
        port.postMessage({ id, cancel: true } satisfies Request);
        pending.get(id)?.reject(signal!.reason);
      };
      signal?.addEventListener('abort', cancel);
      try {
        const { explanation, hooked } = (await answer)!;
        for (const [hook, layer] of hooked) hooks[hook]!(explanation.captures[layer] as Capture, layer);
        return explanation;
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    dispose() {
      disposed ??= ask((id) => ({ id, dispose: true }), []).answer.then(() => port.close());
      return disposed;
    },
  };
}

function settle(pending: ReadonlyMap<number, Pending>, reply: Reply): void {
  const asked = pending.get(reply.id);
  if ('progress' in reply) asked?.progress?.(...reply.progress);
  else if ('error' in reply) asked?.reject(errorOf(reply.error));
  else asked?.resolve(reply.value);
}

function send(to: Speaker, message: unknown, transfer: Transferable[]): void {
  try {
    to.postMessage(message, transfer);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SaliencyError(
      'bad-input',
      `this can't be sent to a worker, which takes names, numbers and arrays, not functions: ${reason}`,
      { cause },
    );
  }
}
