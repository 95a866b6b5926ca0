/** The page in which the suites run on tfjs's browser backends. */
import { checkAnswers, offer } from '@regional-saliency/conformance/in-page';
import type { Backend } from '@regional-saliency/core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { env } from '@tensorflow/tfjs-core';
import { tfjsBackend } from '../../src/index';
import { loseGpu } from './lose-gpu';
import { refuseShader } from './refuse-shader';

setWasmPaths('/wasm/');

/** @param uniforms whether a texture's shape is no part of its shaders' source, so that far fewer are compiled */
function webgl(uniforms: boolean): Backend {
  const backend = tfjsBackend({ name: 'webgl' });
  return {
    name: backend.name,
    load(program) {
      env().set('WEBGL_USE_SHAPES_UNIFORMS', uniforms);
      return backend.load(program);
    },
  };
}

offer({
  ...checkAnswers({
    wasm: () => tfjsBackend({ name: 'wasm' }),
    webgl: () => webgl(false),
    webglFewShaders: () => webgl(true),
    webgpu: () => tfjsBackend({ name: 'webgpu' }),
  }),
  loseGpu,
  refuseShader,
  threads: () => env().getBool('WASM_HAS_MULTITHREAD_SUPPORT'),
});
