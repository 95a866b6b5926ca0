/** An example's Vite app, built into a folder of its own and served as `vite preview` does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { build, preview } from 'vite';
import { launchChromium } from './chromium';

export interface BuiltApp {
  readonly url: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param root the folder that holds index.html and vite.config.ts */
export async function openBuiltApp(root: string): Promise<BuiltApp> {
  const outDir = mkdtempSync(join(tmpdir(), 'app-'));
  const config = { root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' } as const;
  await build({ ...config, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
  const browser = await launchChromium();
  return {
    url: server.resolvedUrls!.local[0]!,
    browser,
    async close() {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
