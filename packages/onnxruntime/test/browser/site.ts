/** The site of this folder's page, with onnxruntime-web's wasm files. */
import { fileURLToPath } from 'node:url';
import type { SiteOptions } from '@regional-saliency/conformance/browser';

const dist = new URL('../../node_modules/onnxruntime-web/dist/', import.meta.url);

export const site: SiteOptions = {
  scripts: { page: new URL('./page.ts', import.meta.url) },
  folders: { ort: fileURLToPath(dist) },
};
