/** The page's entry, as files that import nothing but each other. */
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/browser.ts' },
  outDir: 'dist/browser',
  format: 'esm',
  platform: 'browser',
  dts: true,
  minify: true,
  noExternal: [/./],
  silent: true,
  tsconfig: '../../tsconfig.json',
});
