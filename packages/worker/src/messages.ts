/**
 * What page and worker say to each other.
 *
 * An explainer is asked for with one message to the worker, which brings a port along; all else goes through that port, so
 * other messages of the same worker are never mixed up with these.
 */
import { type ErrorCode, type Explanation, SaliencyError, type Tensor } from '@regional-saliency/core';

/** Something that the worker serves by name, with what it takes: `'gradient'`, or `{ 'grad-cam': { layer: 'layer4' } }`. */
export type Named = string | Readonly<Record<string, unknown>>;

/** What an explainer is made of; the rest are core's options, as far as they can be sent. */
export interface Wanted {
  readonly model: Named;
  readonly backend: Named;
  readonly method: Named | readonly Named[];
  readonly objective?: Named | undefined;
  /** Names or patterns of layers that the page has hooks for. */
  readonly hooks: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** The first message, to the worker itself. */
export interface Opening {
  readonly 'regional-saliency': Wanted;
  readonly port: MessagePort;
}

/** Anything with `postMessage`: a Worker, the port of a SharedWorker. */
export interface Speaker {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

export interface Images {
  readonly images: Tensor | Readonly<Record<string, Tensor>>;
  readonly target?: number | ArrayLike<number> | undefined;
  readonly regions?: readonly Tensor[] | undefined;
}

/** From the page. */
export type Request =
  | { readonly id: number; readonly explain: Images }
  | { readonly id: number; readonly cancel: true }
  | { readonly id: number; readonly dispose: true };

export interface Explained {
  readonly explanation: Explanation;
  /** Which hook is called for which captured layer. */
  readonly hooked: readonly (readonly [hook: string, layer: string])[];
}

/** From the worker. The explainer itself is request 0. */
export type Reply =
  | { readonly id: number; readonly progress: readonly [done: number, total: number, procedure: string] }
  | { readonly id: number; readonly value: Explained | undefined }
  | { readonly id: number; readonly error: Failure };

export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Of a SaliencyError. */
  readonly code?: ErrorCode | undefined;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof SaliencyError) return { name: error.name, message: error.message, code: error.code };
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}

/** The error as the worker threw it. */
export function errorOf({ name, message, code }: Failure): Error {
  if (code) return new SaliencyError(code, message);
  const error = new Error(message);
  error.name = name;
  return error;
}

/** The memory of all arrays in a value of plain objects, each once: sent along, it changes hands without a copy. */
export function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (value instanceof ArrayBuffer) {
    found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersIn(part, found);
  }
  return found;
}
