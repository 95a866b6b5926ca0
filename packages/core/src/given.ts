/**
 * What callers hand over, looked at before use: JavaScript lets anything through, and what then fails deep inside names
 * neither the thing nor the cure.
 */
import type { Backend } from './backend';
import { type Dim, sameShape, showShape } from './dimension';
import { SaliencyError } from './errors';
import type { Method } from './method';
import type { Procedure } from './procedure';
import { sizeOf, type Tensor } from './tensor';

const refuse = (message: string): never => {
  throw new SaliencyError('bad-input', message);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** @throws SaliencyError `bad-input` for what is no graph */
export function checkModel(model: unknown): void {
  if (typeof model === 'function')
    refuse('this model is a function: make it a model by fromFunction(predict), without a backend');
  if (isObject(model) && Array.isArray(model.inputs) && isObject(model.outputs) && isObject(model.names)) {
    if (typeof model.names.get === 'function') return;
  }
  refuse(
    'this model is no graph: make it one by readOnnx(bytes), readLayersModel(model), readGraphModel(model) or fromFunction(predict)',
  );
}

/** @throws SaliencyError `bad-input` for what is no backend */
export function checkBackend(backend: Backend | undefined): void {
  if (typeof backend === 'function')
    refuse('this backend is the function that makes one: call it, as in tfjsBackend()');
  if (!isObject(backend) || typeof backend.load !== 'function')
    refuse('an explainer of a graph needs a backend: onnxruntimeBackend(ort), say, or tfjsBackend()');
}

/** The methods of an explainer or a program, at least one. @throws SaliencyError `bad-input` for what is none */
export function methodsOf(given: unknown): readonly (Method | Procedure)[] {
  const methods = [given ?? []].flat() as unknown[];
  if (methods.length === 0) refuse('at least one method is needed');
  for (const method of methods) {
    if (typeof method === 'string')
      refuse(`"${method}" is a method's name: make the method by method('${method}')`);
    if (typeof method === 'function')
      refuse(`${method.name || 'this method'} is a function that makes a method: call it`);
    if (!isObject(method) || (typeof method.build !== 'function' && typeof method.run !== 'function'))
      refuse('a method is what gradient() or method(id) gives');
    if (isObject(method) && method.kind === 'procedure' && typeof method.ask !== 'function')
      refuse(
        `${String(method.id)} is but the description of a procedure: make the method by procedure({ id, options, run })`,
      );
  }
  return methods as readonly (Method | Procedure)[];
}

/** Whether tensors were given by the names of inputs, and not one tensor alone (or what may have been meant as one). */
export const isByName = (given: unknown): given is Readonly<Record<string, Tensor>> =>
  isObject(given) && !ArrayBuffer.isView(given) && !Array.isArray(given) && !Array.isArray(given.shape);

/** @throws SaliencyError `bad-input` for what is no tensor, or holds more or fewer values than its shape says */
export function checkTensor(value: unknown, what: string): asserts value is Tensor {
  const { data, shape, dtype } = isObject(value) ? value : {};
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape) || typeof dtype !== 'string') {
    refuse(
      `${what} is no tensor: make one by tensor(data, shape), of another library's tensor by its values and its shape`,
    );
  }
  const [held, size] = [(data as Float32Array).length, sizeOf(shape as number[])];
  if (held !== size)
    refuse(`${what} holds ${held} values, but its shape [${(shape as number[]).join(', ')}] means ${size}`);
}

/** What may have been meant by a shape that does not fit: channels last, or one image without a batch. */
export function shapeHint(expected: readonly Dim[], shape: readonly number[]): string {
  const rest = expected.slice(1);
  if (sameShape(rest, shape)) return ': put the batch first, 1 for a single image';
  const [channels, ...places] = rest;
  if (rest.length > 1 && sameShape([...places, channels!], shape.slice(-rest.length)))
    return `: move the channels first, since a graph takes ${showShape(expected)}`;
  return '';
}
