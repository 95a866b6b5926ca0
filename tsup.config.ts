/**
 * How a package is built: a file of `dist` for each file of `src`, so that bundlers leave out what an app does not import, file by
 * file (`"sideEffects": false`); types are one file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Leaves imports between files as imports; Node and browsers want their whole names. */
const fileByFile: Plugin = {
  name: 'file by file',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      const folder = existsSync(join(resolveDir, path, 'index.ts'));
      return { path: `${path}${folder ? '/index' : ''}.js`, external: true };
    });
  },
};

export default defineConfig({
  entry: ['src/**/*.ts'],
  format: 'esm',
  dts: { entry: 'src/index.ts' },
  clean: true,
  silent: true,
  // `node:fs` says what it is; plain `fs` may be a package.
  removeNodeProtocol: false,
  tsconfig: '../../tsconfig.json',
  esbuildPlugins: [fileByFile],
});
