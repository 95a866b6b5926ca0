/** Bundles the app from the packages' sources, as the tests run them. An app of yours has them from npm and needs no alias. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { bundle } from '../../packages/viewer/bundle.ts';

const packages = fileURLToPath(new URL('../../packages', import.meta.url));

/** The viewer's script, made of its sources where the checkout has no build of it. */
const viewerScript: Plugin = {
  name: 'viewer script',
  enforce: 'pre',
  resolveId: (id) =>
    id === '@regional-saliency/viewer/saliency-viewer.js?raw' ? '\0viewer-script' : undefined,
  load: async (id) =>
    id === '\0viewer-script'
      ? `export default ${JSON.stringify(await bundle('saliency-viewer'))}`
      : undefined,
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the build works in any folder of a server.
  base: './',
  resolve: {
    alias: [
      { find: /^@regional-saliency\/study\/browser$/, replacement: `${packages}/study/src/browser.ts` },
      { find: /^@regional-saliency\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
      // The report's figures are drawn in a worker, which has no document: linkedom's build for workers.
      { find: /^linkedom$/, replacement: 'linkedom/worker' },
    ],
  },
  plugins: [viewerScript],
  worker: { format: 'es', plugins: () => [viewerScript] },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 3000 },
});
