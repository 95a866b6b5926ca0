/** A site on this machine: pages bundled from TypeScript, served as strictly as a careful host would serve them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface SiteOptions {
  /** Scripts by the name that they are served under: `{ page: new URL('./page.ts', import.meta.url) }` is /page.js. */
  readonly scripts: Readonly<Record<string, URL>>;
  /** Folders whose files are served, by their path in the site: `{ ort: 'node_modules/onnxruntime-web/dist' }`. */
  readonly folders?: Readonly<Record<string, string>> | undefined;
  /** Other answers, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Whether the page is cross-origin isolated, which threads in WebAssembly need (true). */
  readonly isolated?: boolean | undefined;
  /** Directives added to the policy, such as `worker-src 'self' blob:`; they replace those of the same name. */
  readonly policy?: Readonly<Record<string, string>> | undefined;
}

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Nothing but the site's own, and no code made from text: WebAssembly is all that may be compiled at run time. */
export const strictPolicy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.ts': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** An empty page that runs one script. */
const pageWith = (script: string) =>
  `<!doctype html><meta charset="utf-8"><title>${script}</title><script type="module" src="/${script}.js"></script>`;

/** Bundles and serves on a free port of this machine. Script `page` has the page `/page.html`. */
export async function serveSite(options: SiteOptions): Promise<Site> {
  const { scripts, folders = {}, isolated = true } = options;
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.entries(scripts).map(([name, url]) => [name, fileURLToPath(url)])),
    bundle: true,
    write: false,
    outdir: '/',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
  });
  const files = new Map<string, string | Uint8Array>(Object.entries(options.files ?? {}));
  for (const { path, contents } of outputFiles) files.set(path, contents);
  for (const [name, url] of Object.entries(scripts)) {
    files.set(`/${name}.html`, pageWith(name));
    // Where a script says `new URL('./it.ts', import.meta.url)`, as it would to a bundler.
    files.set(`/${basename(url.pathname)}`, files.get(`/${name}.js`)!);
  }
  const policy = Object.entries({ ...strictPolicy, ...options.policy }).map((entry) => entry.join(' '));
  const headers = {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(isolated && {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    }),
  };
  const contentsOf = async (path: string): Promise<string | Uint8Array | undefined> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const [, folder = '', file = ''] = /^\/([^/]+)\/([\w.-]+)$/.exec(path) ?? [];
    const place = folders[folder];
    return place === undefined ? undefined : readFile(join(place, file)).catch(() => undefined);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    void contentsOf(pathname).then((contents) => {
      const type = types[extname(pathname)] ?? 'application/octet-stream';
      response.writeHead(contents === undefined ? 404 : 200, { ...headers, 'Content-Type': type });
      response.end(contents);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
