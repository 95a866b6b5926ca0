/** The site of this folder's page, with tfjs's wasm files. */
import { fileURLToPath } from 'node:url';
import type { SiteOptions } from '@regional-saliency/conformance/browser';

const wasm = new URL('../../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url);

export const site: SiteOptions = {
  scripts: { page: new URL('./page.ts', import.meta.url) },
  folders: { wasm: fileURLToPath(wasm) },
};
