/** The worker's side: makes explainers of what the page names, and runs them one explanation after another. */
import {
  type Backend,
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Graph,
  type Method,
  type Objective,
  type Procedure,
  SaliencyError,
} from '@regional-saliency/core';
import {
  buffersIn,
  failureOf,
  type Named,
  type Opening,
  type Reply,
  type Request,
  type Wanted,
} from './messages';
import { withTurns } from './turns';

/** What pages may ask for. Each entry gets what the page sends with its name. */
export interface Served {
  /** Reads a model: `{ onnx: (bytes: Uint8Array) => readOnnx(bytes) }`. */
  readonly models: Entries<Graph | Promise<Graph>>;
  /** `{ wasm: () => onnxruntimeBackend(ort) }` */
  readonly backends: Entries<Backend | Promise<Backend>>;
  /** `{ gradient, 'grad-cam': gradCam }` */
  readonly methods: Entries<Method | Procedure>;
  /** `{ difference: ([a, b]: [number, number]) => logitDifference(a, b) }` */
  readonly objectives?: Entries<Objective> | undefined;
}

type Entries<Made> = Readonly<Record<string, (given: never) => Made>>;

/** Where a page's messages arrive: a worker's global scope (the default), or the port of a SharedWorker. */
export interface Listener {
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  /** Ports have it, and hand nothing on before. */
  start?(): void;
}

/**
 * Serves explanations to pages. Call it once, at the top level of the worker's file: what is imported there is all that
 * is shipped.
 *
 * @example
 * serve({
 *   models: { onnx: (bytes: Uint8Array) => readOnnx(bytes) },
 *   backends: { wasm: () => onnxruntimeBackend(ort) },
 *   methods: { gradient, 'grad-cam': gradCam },
 * });
 */
export function serve(served: Served, scope: Listener = globalThis as unknown as Listener): void {
  scope.addEventListener('message', ({ data }) => {
    const opening = data as Partial<Opening> | undefined;
    const wanted = opening?.['regional-saliency'];
    if (wanted && opening.port) void open(served, wanted, opening.port);
  });
  scope.start?.();
}

async function open(served: Served, wanted: Wanted, port: MessagePort): Promise<void> {
  const reply = (message: Reply, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  const hooked: [hook: string, layer: string][] = [];
  let explainer: Explainer;
  try {
    explainer = await explainerOf(served, wanted, hooked);
  } catch (error) {
    reply({ id: 0, error: failureOf(error) });
    return;
  }
  const running = new Map<number, AbortController>();
  let last: Promise<void> = Promise.resolve();
  const run = async (request: Exclude<Request, { cancel: true }>) => {
    const { id } = request;
    try {
      if ('dispose' in request) {
        await explainer.dispose();
        reply({ id, value: undefined });
        port.close();
        return;
      }
      const { images, ...options } = request.explain;
      hooked.length = 0;
      const explanation = await explainer.explain(images, {
        ...options,
        signal: running.get(id)!.signal,
        progress: (...progress) => reply({ id, progress }),
      });
      reply({ id, value: { explanation, hooked } }, [...buffersIn(explanation)]);
    } catch (error) {
      reply({ id, error: failureOf(error) });
    } finally {
      running.delete(id);
    }
  };
  port.onmessage = ({ data }) => {
    const request = data as Request;
    if ('cancel' in request) {
      running.get(request.id)?.abort();
      return;
    }
    running.set(request.id, new AbortController());
    // Backends run one program at a time.
    last = last.then(() => run(request));
  };
  reply({ id: 0, value: undefined });
}

/** @param hooked is filled with the hooks that an explanation calls */
async function explainerOf(served: Served, wanted: Wanted, hooked: [string, string][]): Promise<Explainer> {
  const { model, backend, method, objective, hooks, options } = wanted;
  const methodOf = (one: Named) => entryOf('method', served.methods, one);
  const listens = hooks.map(
    (hook) => [hook, (_: unknown, layer: string) => void hooked.push([hook, layer])] as const,
  );
  return createExplainer(await entryOf('model', served.models, model), {
    ...(options as Partial<ExplainerOptions>),
    backend: withTurns(await entryOf('backend', served.backends, backend)),
    method: Array.isArray(method) ? method.map(methodOf) : methodOf(method as Named),
    ...(objective !== undefined && { objective: entryOf('objective', served.objectives ?? {}, objective) }),
    hooks: Object.fromEntries(listens),
  });
}

/** Makes what the page named. */
function entryOf<Made>(what: string, entries: Entries<Made>, named: Named): Made {
  const [[name, given] = ['', undefined], ...more] =
    typeof named === 'string' ? [[named, undefined] as const] : Object.entries(named ?? {});
  if (more.length > 0 || !Object.hasOwn(entries, name)) {
    const known = Object.keys(entries).map((each) => `"${each}"`);
    throw new SaliencyError(
      'unknown-name',
      more.length > 0
        ? `one ${what} was asked of the worker with ${more.length + 1} names: give one, as in { name: what it takes }`
        : `the worker serves no ${what} "${name}": ${known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'}, and others go into serve({ ${what}s })`,
    );
  }
  return entries[name]!(given as never);
}
