/** Our side of the comparisons: the model's forward pass and explanations, through the calls that a user makes. */
import { readFileSync } from 'node:fs';
import {
  type Backend,
  createExplainer,
  type Graph,
  type Method,
  type Procedure,
  type Tensor,
} from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { type Contender, timed } from './measure';

/** The class that both sides explain. */
export const TARGET = 0;

export async function ours(backend: Backend, model: Graph, what: string, images: Tensor): Promise<Contender> {
  return what === 'forward'
    ? forward(backend, model, images)
    : explanation(backend, model, [method(what)], images);
}

/** The paper's methods as the study file has them, by id. */
export const paperMethods: ReadonlyMap<string, Method | Procedure> = new Map(
  (
    JSON.parse(readFileSync(new URL('../examples/chest-xray/fifteen.json', import.meta.url), 'utf8'))
      .methods as Listed[]
  ).map((listed) => {
    const { id, layer, set } = typeof listed === 'string' ? { id: listed } : listed;
    return [id, method(id, { ...set, ...(layer !== undefined && { layer }) })];
  }),
);

type Listed =
  | string
  | { readonly id: string; readonly layer?: string; readonly set?: Record<string, string> };

/** Some of the paper's methods, or all of them in one program. */
export function paper(
  backend: Backend,
  model: Graph,
  ids: readonly string[],
  images: Tensor,
): Promise<Contender> {
  return explanation(
    backend,
    model,
    ids.map((id) => paperMethods.get(id)!),
    images,
  );
}

async function forward(backend: Backend, model: Graph, images: Tensor): Promise<Contender> {
  const session = await backend.load(model);
  const input = model.inputs[0]!.name!;
  const output = Object.keys(model.outputs)[0]!;
  const run = () => session.run({ [input]: images });
  return {
    name: backend.name,
    time: (count, warm) => timed(run, count, warm),
    result: async () => (await run())[output]!.data as Float32Array,
    close: () => session.dispose(),
  };
}

/** `explain` looks at its images and copies the maps, and both are timed. */
async function explanation(
  backend: Backend,
  model: Graph,
  methods: readonly (Method | Procedure)[],
  images: Tensor,
): Promise<Contender> {
  const explainer = await createExplainer(model, { backend, method: methods, target: TARGET });
  const run = () => explainer.explain(images);
  return {
    name: backend.name,
    time: (count, warm) => timed(run, count, warm),
    result: async () => Float32Array.from((await run()).relevance.data as Float32Array),
    close: () => explainer.dispose(),
  };
}
