/** Our side of the comparisons: the model's forward pass and explanations, through the calls that a user makes. */
import { type Backend, createExplainer, type Graph, type Tensor } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { type Contender, timed } from './measure';

/** The class that both sides explain. */
export const TARGET = 0;

export async function ours(backend: Backend, model: Graph, what: string, images: Tensor): Promise<Contender> {
  return what === 'forward' ? forward(backend, model, images) : explanation(backend, model, what, images);
}

async function forward(backend: Backend, model: Graph, images: Tensor): Promise<Contender> {
  const session = await backend.load(model);
  const input = model.inputs[0]!.name!;
  const output = Object.keys(model.outputs)[0]!;
  const run = () => session.run({ [input]: images });
  return {
    name: backend.name,
    time: (count) => timed(run, count),
    result: async () => (await run())[output]!.data as Float32Array,
    close: () => session.dispose(),
  };
}

/** @param id a method's id; `explain` looks at its images and copies the maps, and both are timed */
async function explanation(backend: Backend, model: Graph, id: string, images: Tensor): Promise<Contender> {
  const explainer = await createExplainer(model, { backend, method: method(id), target: TARGET });
  const run = () => explainer.explain(images);
  return {
    name: backend.name,
    time: (count) => timed(run, count),
    result: async () => (await run()).relevance.data as Float32Array,
    close: () => explainer.dispose(),
  };
}
