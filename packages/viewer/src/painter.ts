/**
 * Has maps coloured off the main thread: a step of a slider is one message to a worker, which paints all canvases in
 * sight.
 *
 * The worker is made of the text of two functions. Where the page's policy forbids that, `workerUrl` may name a file
 * (worker.ts, built); failing that too, the same functions run in the page, a few milliseconds a frame.
 */
import { createRecolourer, type MapValues, type Settings } from './recolour';
import { type FromWorker, type Scope, type Size, serve, type ToWorker } from './serve';

export interface PaintedMap {
  /** Resolves when the map can be painted; rejects with what is wrong with it. */
  readonly ready: Promise<void>;
  /** The size it is seen at, in the screen's pixels, or undefined while it is out of sight. */
  show(size: Size | undefined): void;
  /** Its coloured pixels at the map's own resolution, by the settings as they are. */
  pixels(): Promise<ImageData | undefined>;
  drop(): void;
}

export interface Painter {
  /** Where painting happens, once that is known. */
  readonly where: Promise<'worker' | 'page'>;
  set(settings: Settings): void;
  /** Paints into a canvas that nothing was drawn on yet. */
  add(
    canvas: HTMLCanvasElement,
    map: MapValues | { readonly bitmap: ImageBitmap; readonly signed: boolean },
    least: Size,
  ): PaintedMap;
  dispose(): void;
}

/** What of a frame's 16 ms painting in the page may take. */
const PAGE_BUDGET = 3;

type Transport = {
  readonly kind: 'worker' | 'page';
  post(message: ToWorker, transfer?: Transferable[]): void;
  stop(): void;
};
type Listener = (message: FromWorker) => void;

export function createPainter(workerUrl?: string): Painter {
  const waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  const asked = new Map<number, (image: ImageData | undefined) => void>();
  const listener: Listener = (message) => {
    if (message.type === 'ready') waiting.get(message.id)?.resolve();
    else if (message.type === 'failed') waiting.get(message.id)?.reject(new Error(message.message));
    else if (message.type === 'pixels') {
      asked.get(message.request)?.(message.image);
      asked.delete(message.request);
    }
  };
  let disposed = false;
  const opened = openTransport(workerUrl, listener);
  // Until the worker has said hello, and always in order: what is asked waits behind what was asked before.
  let transport: Transport | undefined;
  let queue: [ToWorker, Transferable[]][] = [];
  const send = (message: ToWorker, transfer: Transferable[] = []) => {
    if (transport) transport.post(message, transfer);
    else queue.push([message, transfer]);
  };
  opened.then((open) => {
    if (disposed) return open.stop();
    transport = open;
    for (const [message, transfer] of queue) open.post(message, transfer);
    queue = [];
  });
  let id = 0;
  return {
    where: opened.then(({ kind }) => kind),
    set: (settings) => send({ type: 'settings', settings }),
    add(canvas, map, least) {
      const own = ++id;
      const ready = new Promise<void>((resolve, reject) => waiting.set(own, { resolve, reject }));
      ready.catch(() => undefined);
      const transfer = 'bitmap' in map ? [map.bitmap] : [];
      send({ type: 'map', id: own, canvas, map, least }, transfer);
      return {
        ready,
        show: (size) => send({ type: 'show', id: own, size }),
        pixels: () =>
          new Promise((resolve) => {
            const request = ++id;
            asked.set(request, resolve);
            send({ type: 'pixels', id: own, request });
          }),
        drop() {
          waiting.delete(own);
          send({ type: 'drop', id: own });
        },
      };
    },
    dispose() {
      disposed = true;
      transport?.stop();
    },
  };
}

async function openTransport(workerUrl: string | undefined, listener: Listener): Promise<Transport> {
  const start = `const __name = (value) => value; (${serve})(self, (${createRecolourer})(), Infinity);`;
  const blob = URL.createObjectURL(new Blob([start], { type: 'text/javascript' }));
  try {
    for (const url of workerUrl ? [workerUrl, blob] : [blob]) {
      const worker = await startWorker(url, listener);
      if (worker) return worker;
    }
  } finally {
    URL.revokeObjectURL(blob);
  }
  return inPage(listener);
}

/** A worker that has said hello; undefined where the page's policy, or a wrong address, is in the way. */
function startWorker(url: string, listener: Listener): Promise<Transport | undefined> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(url);
    } catch {
      return resolve(undefined);
    }
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      resolve(undefined);
    };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type !== 'hello') return listener(data);
      resolve({
        kind: 'worker',
        post(message, transfer = []) {
          if (message.type !== 'map') return worker.postMessage(message);
          // A canvas can be handed over only once, so this waits until there is a worker to take it.
          const canvas = (message.canvas as HTMLCanvasElement).transferControlToOffscreen();
          worker.postMessage({ ...message, canvas }, [canvas, ...transfer]);
        },
        stop: () => worker.terminate(),
      });
    };
  });
}

function inPage(listener: Listener): Transport {
  const scope: Scope = { onmessage: null, postMessage: listener };
  serve(scope, createRecolourer(), PAGE_BUDGET);
  let stopped = false;
  return {
    kind: 'page',
    post(message) {
      // A task each, so that the page can breathe between two maps.
      setTimeout(() => stopped || scope.onmessage?.({ data: message } as MessageEvent<ToWorker>));
    },
    stop() {
      stopped = true;
    },
  };
}
