/**
 * A backend that lets a worker read its messages between two runs.
 *
 * On wasm a run blocks its worker, and what follows a finished run comes before any message: without a pause an order to
 * stop would be read when all is done.
 */
import type { Backend } from '@regional-saliency/core';

export function withTurns(backend: Backend): Backend {
  return {
    name: backend.name,
    async load(program) {
      const session = await backend.load(program);
      return {
        async run(feeds) {
          const outputs = await session.run(feeds);
          await turn();
          return outputs;
        },
        dispose: () => session.dispose(),
      };
    },
  };
}

/** Ends when the messages that wait have been read; a timer would wait 4 ms. */
function turn(): Promise<void> {
  return new Promise((ended) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      ended();
    };
    port2.postMessage(undefined);
  });
}
