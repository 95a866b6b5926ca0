/** What callers hand to the readers, looked at before use: a live model or files, and of anything else what to do about it. */
import { SaliencyError } from '@regional-saliency/core';

/** Its names, and the method by which a live model is known; a LayersModel has both. */
interface Kind {
  readonly reader: string;
  readonly live: string;
  readonly member: string;
}

export const layersModel: Kind = { reader: 'readLayersModel', live: 'tf.LayersModel', member: 'toJSON' };
export const graphModel: Kind = { reader: 'readGraphModel', live: 'tf.GraphModel', member: 'save' };

const read = '{ json: JSON.parse(text), weights: readWeights(json.weightsManifest, readFile) }';

/** @throws SaliencyError `bad-input` for what is neither a live model of the kind nor `{ json, weights }` */
export function checkModel(model: unknown, kind: Kind): void {
  const refuse = (cure: string): never => {
    throw new SaliencyError(
      'bad-input',
      `${kind.reader} takes a ${kind.live}, or { json, weights }: ${cure}`,
    );
  };
  if (typeof model === 'string' || model instanceof URL || isBytes(model))
    refuse(`this is text, a path or bytes: give ${read}`);
  if (typeof model !== 'object' || model === null)
    refuse(`this is ${model === null ? 'null' : typeof model}`);
  const given = model as Record<string, unknown>;
  if (typeof given.then === 'function') refuse('this is a promise: await it first');
  const live = [layersModel, graphModel].find(({ member }) => typeof given[member] === 'function');
  if (live === kind) return;
  if (live) refuse(`this is a ${live.live}: read it with ${live.reader}`);
  if (!('json' in given && 'weights' in given)) refuse(`of files, give ${read}`);
  const { json, weights } = given;
  if (typeof json === 'string' || isBytes(json)) refuse('its json is text: give JSON.parse(text)');
  if (typeof json !== 'object' || json === null) refuse('its json is not the parsed model.json');
  if (!(weights instanceof Map))
    refuse('its weights are no Map: give readWeights(json.weightsManifest, readFile)');
}

// Node's Buffer makes JSON of itself, too.
const isBytes = (given: unknown) => ArrayBuffer.isView(given) || given instanceof ArrayBuffer;
