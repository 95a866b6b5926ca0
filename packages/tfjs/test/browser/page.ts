/** The page in which the suites run on tfjs's browser backends. */
import { checkAnswers, offer } from '@regional-saliency/conformance/in-page';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { env } from '@tensorflow/tfjs-core';
import { tfjsBackend } from '../../src/index';
import { loseGpu } from './lose-gpu';

setWasmPaths('/wasm/');

offer({
  ...checkAnswers({
    wasm: () => tfjsBackend({ name: 'wasm' }),
    webgl: () => {
      // A texture's shape is then no part of its shaders' source, so that far fewer are compiled.
      env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
      return tfjsBackend({ name: 'webgl' });
    },
    webgpu: () => tfjsBackend({ name: 'webgpu' }),
  }),
  loseGpu,
  threads: () => env().getBool('WASM_HAS_MULTITHREAD_SUPPORT'),
});
