/** The viewer as one script for `<script>`, and its worker, from the sources: for the build, the tests and the pictures. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const scripts = { 'saliency-viewer': 'src/auto.ts', worker: 'src/worker.ts' } as const;

export const options = {
  bundle: true,
  format: 'iife',
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  tsconfig: here('../../tsconfig.json'),
} satisfies BuildOptions;

/** The text of a script. */
export async function bundle(name: keyof typeof scripts): Promise<string> {
  const { outputFiles } = await build({ ...options, entryPoints: [here(scripts[name])], write: false });
  return outputFiles[0]!.text;
}
