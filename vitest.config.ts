import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run on the sources: each package name resolves to its src/index.ts, as in tsconfig.json. */
const packages = fileURLToPath(new URL('./packages', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@regional-saliency\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^regional-saliency$/, replacement: `${packages}/regional-saliency/src/index.ts` },
    ],
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/**/*.test.ts',
      'benchmarks/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    testTimeout: 60_000,
    pool: 'forks',
    // vitest leaves one core free, which on a machine with two is half of it.
    maxWorkers: '100%',
  },
});
