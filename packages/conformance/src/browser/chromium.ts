/**
 * Chromium with WebGL2 and WebGPU, on machines with or without a GPU.
 *
 * Its own SwiftShader computes both on the CPU: slowly, and exactly enough for tests.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

/** Why pages can't be opened here; undefined where they can. */
export const withoutChromium = executablePath
  ? undefined
  : 'no Chromium: install it, as in apt-get install chromium';

/** @param software whether SwiftShader computes, even where there is a GPU */
export async function launchChromium({ software = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--enable-unsafe-webgpu',
      ...(software
        ? ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
        : ['--enable-gpu', '--ignore-gpu-blocklist']),
    ],
  });
}
