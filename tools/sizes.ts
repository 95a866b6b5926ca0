/**
 * `pnpm sizes`: what an app loads, as bundled by esbuild from the built packages, minified and gzipped, against the bound that
 * each must keep. Needs `pnpm build` first. Code that an app loads later, if ever (DICOM,
 * NIfTI, what looks for functions in primitives), is not counted.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

interface Bundle {
  readonly name: string;
  /** The package that depends on what the code imports. */
  readonly from: string;
  readonly code: string;
  /** kB of 1000 bytes. */
  readonly bound: number;
  /** Not counted: peer dependencies, which the app has anyway. */
  readonly without?: readonly string[];
}

const gradients = `
  export { createExplainer, tensor } from '@regional-saliency/core';
  export { gradCam, gradient } from '@regional-saliency/methods';
`;

const bundles: readonly Bundle[] = [
  { name: 'core, gradient and Grad-CAM', from: 'regional-saliency', code: gradients, bound: 29 },
  {
    name: 'the same with the ONNX reader and onnxruntime as backend',
    from: 'regional-saliency',
    code: `${gradients}
      export { readOnnx } from '@regional-saliency/onnx';
      export { onnxruntimeBackend } from '@regional-saliency/onnxruntime';`,
    bound: 80,
    without: ['onnxruntime-common'],
  },
  {
    name: 'the same with TensorFlow.js layers models and backend',
    from: 'regional-saliency',
    code: `${gradients}
      export { readLayersModel, tfjsBackend } from '@regional-saliency/tfjs';`,
    bound: 65,
    without: ['@tensorflow/tfjs-core'],
  },
  { name: 'viewer', from: 'viewer', code: `export * from '@regional-saliency/viewer';`, bound: 40 },
];

/** Bytes of the file that is loaded first and of all that it imports at once. */
async function sizeOf({ from, code, without = [] }: Bundle): Promise<{ minified: number; gzipped: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: `${packages}${from}/dist` },
    // The workspace's own configuration would lead to the sources.
    tsconfigRaw: '{}',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    external: [...without],
    outdir: '/',
    absWorkingDir: packages,
    metafile: true,
    write: false,
  });
  const outputs = Object.entries(metafile.outputs);
  const atOnce = new Set([outputs.findIndex(([, { entryPoint }]) => entryPoint !== undefined)]);
  for (const at of atOnce) {
    for (const { path, kind, external } of outputs[at]![1].imports) {
      if (kind === 'import-statement' && !external) atOnce.add(outputs.findIndex(([name]) => name === path));
    }
  }
  const contents = [...atOnce].map((at) => outputFiles[at]!.contents);
  return {
    minified: contents.reduce((sum, { length }) => sum + length, 0),
    gzipped: contents.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0),
  };
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1).padStart(6);

console.log('     minified, gzipped, bound (kB)');
for (const bundle of bundles) {
  if (!existsSync(`${packages}${bundle.from}/dist/index.js`)) {
    console.log(`${bundle.name}: left out, ${bundle.from} is not built`);
    continue;
  }
  const { minified, gzipped } = await sizeOf(bundle);
  const fits = gzipped <= bundle.bound * 1000;
  if (!fits) process.exitCode = 1;
  console.log(
    `${fits ? 'ok  ' : 'FAIL'} ${kilobytes(minified)} ${kilobytes(gzipped)} ${kilobytes(bundle.bound * 1000)}  ${bundle.name}`,
  );
}
