/** What tools/reference/methods.py wrote: tiny networks as files, and their float64 maps by Captum and Zennit. */
import { readFileSync } from 'node:fs';
import { type Graph, type Method, type Procedure, sizeOf, type Tensor } from '@regional-saliency/core';
import { readOnnx } from '@regional-saliency/onnx';
import { expect } from 'vitest';
import { method } from '../src/index';

/** Little-endian numbers in base64. */
export interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

export interface Golden {
  readonly input: Packed;
  readonly output: Packed;
  /** The layer that grad-cam is to choose by itself; null where the default is not looked at. */
  readonly defaultLayer: string | null;
  /** [targets, images, ...] by method and its options. */
  readonly expected: Readonly<Record<string, Packed>>;
  /** Convolutions that a batch norm follows, and maps of the network with those batch norms as they are. */
  readonly folds?: readonly string[];
  readonly unfolded?: Readonly<Record<string, Packed>>;
}

export const CLASSES = 3;

/** Numbers that differ only because double arithmetic was done in another order. */
export const EXACT = 1e-9;

/** A map's method, from a golden's key: `grad-cam layer2 relu=true upsample=bicubic`. */
export function methodOf(key: string): Method | Procedure {
  const [id, layer, ...options] = key.split(' ') as [string, ...string[]];
  if (!layer) return method(id);
  const given = options.map((option) => option.split('=') as [string, string]);
  const values = given.map(([name, value]) => [name, name === 'relu' ? value === 'true' : value]);
  return method(id, { layer, ...Object.fromEntries(values) });
}

const read = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

export function golden<T = Golden>(name: string): T {
  return JSON.parse(read(`${name}.json`).toString()) as T;
}

export function model(name: string): Graph {
  return readOnnx(read(`${name}.onnx`));
}

function bytesOf({ data }: Packed): ArrayBuffer {
  return Uint8Array.from(Buffer.from(data, 'base64')).buffer;
}

export function float32(packed: Packed): Tensor & { readonly data: Float32Array } {
  return { data: new Float32Array(bytesOf(packed)), shape: packed.shape, dtype: 'float32' };
}

export function float64(packed: Packed): Tensor & { readonly data: Float64Array } {
  return { data: new Float64Array(bytesOf(packed)), shape: packed.shape, dtype: 'float64' };
}

/** One entry along the first axis. */
export function at(packed: Packed, index: number): Tensor {
  const { data, shape } = float64(packed);
  const inner = shape.slice(1);
  const size = sizeOf(inner);
  return { data: data.subarray(index * size, (index + 1) * size), shape: inner, dtype: 'float64' };
}

/** Fails unless two maps agree to a part of the largest expected number. */
export function expectClose(actual: Tensor, expected: Tensor, bound: number, what = ''): void {
  expect(actual.shape, what).toEqual([...expected.shape]);
  const error = relativeError(actual, expected);
  expect(error, `${what}: differs by ${error.toExponential(1)} of the maximum`).toBeLessThanOrEqual(bound);
}

/** The largest difference, as a part of the largest expected number. A NaN on one side is an infinite difference. */
export function relativeError(actual: Tensor, expected: Tensor): number {
  let largest = 0;
  let worst = 0;
  for (const [place, e] of (expected.data as Float64Array).entries()) {
    const difference = Math.abs(Number(actual.data[place]) - e);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(e));
  }
  return worst === 0 ? 0 : worst / largest;
}
