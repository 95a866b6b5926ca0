/** The page that is timed: explanations and their peers on each backend of a browser, taking turns. */
import { offer } from '@regional-saliency/conformance/in-page';
import {
  type Backend,
  createExplainer,
  type Graph,
  SaliencyError,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { gradCam, gradient, lrpEpsilonPlus } from '@regional-saliency/methods';
import { readOnnx } from '@regional-saliency/onnx';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { tfjsBackend } from '@regional-saliency/tfjs';
import * as ort from 'onnxruntime-web/webgpu';
// tfjs-core alone knows no gradients, nor the operators as methods.
import '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { plainTfjs } from './plain-tfjs';

setWasmPaths('/wasm/');
ort.env.wasm.wasmPaths = '/ort/';

const TARGET = 0;

/** Something that is timed, once a call; what it takes away when it goes. */
interface Timed {
  run(): Promise<unknown>;
  close?(): Promise<void> | void;
}

/** Milliseconds of each run after the first, by what ran; or why it can't run there. */
export type Times = Readonly<Record<string, readonly number[] | string>>;

const backends: Readonly<Record<string, { readonly backend: () => Backend; readonly tfjs?: string }>> = {
  'tfjs-wasm': { backend: () => tfjsBackend({ name: 'wasm' }), tfjs: 'wasm' },
  'tfjs-webgl': { backend: () => tfjsBackend({ name: 'webgl' }), tfjs: 'webgl' },
  'tfjs-webgpu': { backend: () => tfjsBackend({ name: 'webgpu' }), tfjs: 'webgpu' },
  'onnxruntime-wasm': { backend: () => onnxruntimeBackend(ort, { executionProviders: ['wasm'] }) },
  'onnxruntime-webgpu': { backend: () => onnxruntimeBackend(ort, { executionProviders: ['webgpu'] }) },
};

const methods = {
  gradient: () => gradient(),
  'grad-cam': () => gradCam(),
  'lrp-epsilon-plus': () => lrpEpsilonPlus(),
};

function image([channels, height, width]: readonly number[]): Tensor {
  const size = channels! * height! * width!;
  return tensor(
    Float32Array.from({ length: size }, (_, at) => Math.sin(at / 7) + Math.cos(at / 1013)),
    [1, channels!, height!, width!],
  );
}

/** The model's own forward pass, by the runtime's own means. */
async function runtimeForward(bytes: Uint8Array, provider: string, images: Tensor): Promise<Timed> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
  return {
    run: async () => {
      const feed = new ort.Tensor('float32', images.data as Float32Array, images.shape);
      const results = await session.run({ [session.inputNames[0]!]: feed });
      return results[session.outputNames[0]!]!.getData();
    },
    close: () => session.release(),
  };
}

async function tfjsPeer(
  name: string,
  model: Graph,
  images: Tensor,
  what: 'forward' | 'gradient',
): Promise<Timed> {
  await tf.setBackend(name);
  const network = plainTfjs(model);
  const explained = tf.grad((x: tf.Tensor) =>
    tf.sum(tf.slice(network(x as tf.Tensor4D), [0, TARGET], [1, 1])),
  );
  const upload = () =>
    tf.transpose(tf.tensor4d(images.data as Float32Array, images.shape as [1, 3, 4, 4]), [0, 2, 3, 1]);
  return {
    run: async () => {
      await tf.setBackend(name);
      const result = tf.tidy(() => (what === 'forward' ? network(upload()) : explained(upload())));
      await result.data();
      result.dispose();
    },
  };
}

async function ours(
  backend: Backend,
  model: Graph,
  method: keyof typeof methods,
  images: Tensor,
): Promise<Timed> {
  const explainer = await createExplainer(model, { backend, method: methods[method](), target: TARGET });
  return { run: () => explainer.explain(images), close: () => explainer.dispose() };
}

offer({
  backends: () => Object.keys(backends),

  /** What computes: a graphics card's name, or that of the software that stands in for one. */
  async devices() {
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
    const names = gl?.getExtension('WEBGL_debug_renderer_info');
    const gpu = (
      navigator as unknown as { gpu?: { requestAdapter(): Promise<{ info: Record<string, string> } | null> } }
    ).gpu;
    const info = (await gpu?.requestAdapter())?.info;
    return {
      webgl: gl && names ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) : 'none',
      webgpu: info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') : 'none',
      threads: navigator.hardwareConcurrency,
      isolated: crossOriginIsolated,
    };
  },

  async time(id: string, file: string, rounds: number): Promise<Times> {
    const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer());
    const model = readOnnx(bytes);
    const images = image(model.inputs[0]!.shape.slice(1) as number[]);
    const { backend, tfjs } = backends[id]!;
    const made: Record<string, () => Promise<Timed>> = {
      gradient: () => ours(backend(), model, 'gradient', images),
      'grad-cam': () => ours(backend(), model, 'grad-cam', images),
      'lrp-epsilon-plus': () => ours(backend(), model, 'lrp-epsilon-plus', images),
      ...(tfjs
        ? {
            'tfjs forward': () => tfjsPeer(tfjs, model, images, 'forward'),
            'tf.grad': () => tfjsPeer(tfjs, model, images, 'gradient'),
          }
        : { 'onnxruntime forward': () => runtimeForward(bytes, id.replace('onnxruntime-', ''), images) }),
    };
    const times: Record<string, number[] | string> = {};
    const sides: (readonly [string, Timed])[] = [];
    for (const [what, make] of Object.entries(made)) {
      try {
        const side = await make();
        // The first run compiles shaders and fills caches.
        await side.run();
        sides.push([what, side]);
        times[what] = [];
      } catch (error) {
        times[what] = (error as Error).message.split('\n')[0]!;
        if (error instanceof SaliencyError) continue;
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const [what, side] of round % 2 === 0 ? sides : [...sides].reverse()) {
        const start = performance.now();
        await side.run();
        (times[what] as number[]).push(performance.now() - start);
      }
    }
    for (const [, side] of sides) await side.close?.();
    return times;
  },
});
