/**
 * Weights of two networks for faces that the npm package @vladmandic/face-api carries (MIT licence; 0.4 and 0.2 MB, without their
 * topology), fetched once by npm into .cache/.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Builder, Constant, Value } from '@regional-saliency/core';
import { readWeights } from '@regional-saliency/tfjs';

const name = '@vladmandic/face-api';
const version = '1.7.15';
const cache = fileURLToPath(new URL(`../../../.cache/face-api-${version}/`, import.meta.url));

/** Where the package's files lie once it is fetched. */
export const packageFolder = `${cache}node_modules/${name}/`;

export const isFetched = () => existsSync(`${packageFolder}package.json`);

export function fetchPackage(): void {
  if (isFetched()) return;
  console.error(`fetching ${name} ${version} (13 MB, once)`);
  mkdirSync(cache, { recursive: true });
  const install = ['install', '--prefix', cache, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', [...install, `${name}@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export type Weights = ReadonlyMap<string, Constant>;

/** @param model `face_landmark_68_model` or `tiny_face_detector_model` */
export function weightsOf(model: string): Weights {
  const file = (path: string) => readFileSync(`${packageFolder}model/${path}`);
  return readWeights(JSON.parse(file(`${model}-weights_manifest.json`).toString()), file);
}

/** Layers of tfjs's weights, which are channels-last, in a graph, which is channels-first. */
export class Layers {
  constructor(
    private readonly g: Builder,
    private readonly weights: Weights,
  ) {}

  weight(path: string): Value {
    return this.g.constantOf(this.known(path), path);
  }

  /** Weights `filters` [height, width, inner, outer] and `bias`. */
  convolution(x: Value, path: string, attributes: Record<string, string | number[]>): Value {
    const weights = this.filters(`${path}/filters`, [3, 2, 0, 1]);
    return this.g.op('Conv', [x, weights, this.weight(`${path}/bias`)], attributes, { name: path });
  }

  /** Each channel by itself, 3×3, then all of them together, 1×1 (Howard et al. 2017, arXiv 1704.04861). */
  separable(x: Value, path: string, stride: number): Value {
    const depthwise = this.filters(`${path}/depthwise_filter`, [2, 3, 0, 1]);
    const pointwise = this.filters(`${path}/pointwise_filter`, [3, 2, 0, 1]);
    const group = x.shape[1] as number;
    const attributes = { strides: [stride, stride], auto_pad: 'SAME_UPPER', group };
    const each = this.g.op('Conv', [x, depthwise], attributes, { name: `${path}/depthwise` });
    return this.g.op('Conv', [each, pointwise, this.weight(`${path}/bias`)], {}, { name: path });
  }

  private filters(path: string, axes: readonly [number, number, number, number]): Value {
    const source = this.known(path);
    const shape = axes.map((axis) => source.shape[axis]!);
    return this.g.constantOf({ dtype: source.dtype, shape, read: () => transposed(source, axes) }, path);
  }

  private known(path: string): Constant {
    const weight = this.weights.get(path);
    if (!weight) throw new Error(`the weights lack ${path}`);
    return weight;
  }
}

function transposed({ shape, read }: Constant, axes: readonly number[]): Float32Array {
  const source = read() as Float32Array;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const [a, b, c, d] = axes.map((axis) => ({ size: shape[axis]!, step: steps[axis]! }));
  const result = new Float32Array(source.length);
  let at = 0;
  for (let i = 0; i < a!.size; i++)
    for (let j = 0; j < b!.size; j++)
      for (let k = 0; k < c!.size; k++)
        for (let l = 0; l < d!.size; l++)
          result[at++] = source[i * a!.step + j * b!.step + k * c!.step + l * d!.step]!;
  return result;
}
