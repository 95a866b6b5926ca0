/** Bundles the page from the packages' sources, as the tests run them. A page of yours has them from npm and needs no alias. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: {
    alias: [
      { find: /^@regional-saliency\/viewer\/react$/, replacement: `${packages}/viewer/src/react.ts` },
      { find: /^@regional-saliency\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
    ],
    // The viewer's sources have a React of their own in this checkout, and a page has one only.
    dedupe: ['react', 'react-dom'],
  },
  // onnxruntime-web finds its WebAssembly beside its own file, which bundling ahead would move.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2022' },
});
