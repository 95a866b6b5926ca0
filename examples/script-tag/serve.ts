/** `npx tsx examples/script-tag/serve.ts`: the examples as files on a local port, since pages from `file:` may not fetch. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** @param port 0 for any that is free */
export async function serve(port = 0): Promise<{ url: string; close(): void }> {
  const server = createServer(async ({ url = '/' }, response) => {
    // `URL` takes `..` out of a path, so that nothing outside of the examples is asked for.
    const { pathname } = new URL(url, 'http://localhost');
    try {
      const file = await readFile(new URL(`..${pathname}`, import.meta.url));
      const type = types[extname(pathname)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(file);
    } catch {
      response.writeHead(404).end('not found');
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${taken}/script-tag/index.html`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serve(8080)).url);
