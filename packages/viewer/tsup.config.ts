/** Three modules for bundlers, and two scripts that need none. */
import { defineConfig } from 'tsup';
import { scripts } from './bundle';

const common = { clean: false, silent: true, tsconfig: '../../tsconfig.json', target: 'es2022' } as const;

export default defineConfig([
  { ...common, entry: ['src/index.ts', 'src/auto.ts', 'src/react.ts'], format: 'esm', dts: true },
  {
    ...common,
    entry: scripts,
    format: 'iife',
    minify: true,
    noExternal: [/./],
    outExtension: () => ({ js: '.js' }),
  },
]);
