/**
 * A model server such as others run: it knows nothing of explanations.
 *
 * `POST /predict` takes images as the bytes of float32 numbers, little-endian, [n, 1, 128, 128], and answers
 * `{ "scores": [[normal, pneumonia], …] }`. What it can't use is a 400, and when it is told to be `unreliable`, every so
 * many requests are a 503.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';

const image = [1, 128, 128] as const;
const bytesPerImage = 4 * 128 * 128;

export interface ModelServer {
  /** Where it listens: `http://127.0.0.1:…/predict`. */
  readonly url: string;
  /** How many images it has scored, and how many requests it has refused as too busy. */
  readonly served: { images: number; refused: number };
  close(): Promise<void>;
}

/** @param unreliable every so many requests are refused as too busy; 0: none */
export async function serve({ unreliable = 0, port = 0 } = {}): Promise<ModelServer> {
  const model = fileURLToPath(new URL('../demo/models/fair.onnx', import.meta.url));
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const served = { images: 0, refused: 0 };
  let requests = 0;

  const answer = async (request: IncomingMessage): Promise<[status: number, body: object]> => {
    if (request.method !== 'POST' || request.url !== '/predict') return [404, { error: 'POST /predict' }];
    const bytes = await bodyOf(request);
    if (unreliable > 0 && ++requests % unreliable === 0) {
      served.refused++;
      return [503, { error: 'too busy' }];
    }
    const count = bytes.length / bytesPerImage;
    if (count < 1 || !Number.isInteger(count)) {
      return [400, { error: `${bytes.length} bytes are no images of ${bytesPerImage} bytes each` }];
    }
    const pixels = new Float32Array(Uint8Array.from(bytes).buffer);
    const { logits } = await session.run({ input: new ort.Tensor('float32', pixels, [count, ...image]) });
    const [, classes] = logits!.dims as [number, number];
    served.images += count;
    const flat = Array.from(logits!.data as Float32Array);
    return [
      200,
      { scores: Array.from({ length: count }, (_, row) => flat.slice(row * classes, (row + 1) * classes)) },
    ];
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch((error): [number, object] => [500, { error: String(error) }])
      .then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
  });
  return {
    url: `http://127.0.0.1:${await listening(server, port)}/predict`,
    served,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await session.release();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
