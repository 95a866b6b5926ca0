/** As every package, and the page's entry as files that import nothing but each other. */
import { defineConfig } from 'tsup';
import fileByFile from '../../tsup.config';

export default defineConfig([
  { ...(fileByFile as object), entry: ['src/index.ts', 'src/bin.ts'] },
  {
    entry: { index: 'src/browser.ts' },
    outDir: 'dist/browser',
    format: 'esm',
    platform: 'browser',
    dts: true,
    minify: true,
    noExternal: [/./],
    silent: true,
    tsconfig: '../../tsconfig.json',
  },
]);
