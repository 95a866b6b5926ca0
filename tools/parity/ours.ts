/** Our side of the parity table: maps by the explainer's programs and procedures, on onnxruntime. */
import { readFileSync } from 'node:fs';
import {
  type Backend,
  compile,
  createExplainer,
  type Graph,
  isProcedure,
  type Method,
  type Tensor,
  tensor,
} from '@regional-saliency/core';
import { kernelShap, lime, method, rise, shapleyValueSampling } from '@regional-saliency/methods';
import type { Cell } from './peers';

/** Images of a network with their targets. */
export interface Images {
  readonly tensor: Tensor;
  readonly targets: readonly number[];
}

export function floats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
}

export function doubles(file: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(file)).buffer);
}

/** The maps of several programs in one run, which share the forward pass. */
export async function together(
  model: Graph,
  cells: readonly Cell[],
  images: Images,
  backend: Backend,
): Promise<Tensor[]> {
  const explainer = await createExplainer(model, {
    backend,
    method: cells.map((cell) => method(cell.method, cell.options)),
    target: 'input',
    batch: 4,
  });
  try {
    const { relevances } = await explainer.explain(images.tensor, { target: [...images.targets] });
    return Object.values(relevances);
  } finally {
    await explainer.dispose();
  }
}

/** One method with the numbers that the peer drew. */
export async function alone(model: Graph, cell: Cell, all: Images, backend: Backend): Promise<Tensor> {
  // Perturbation is run on some of the images.
  const images = pick(all, [...Array(cell.shape[0]!).keys()]);
  const made = withDraws(cell);
  if (isProcedure(made)) {
    const explainer = await createExplainer(model, { backend, method: made, target: 'input' });
    try {
      return (await explainer.explain(images.tensor, { target: [...images.targets] })).relevance;
    } finally {
      await explainer.dispose();
    }
  }
  return programWithDraws(model, made, cell, images, backend);
}

async function programWithDraws(
  model: Graph,
  made: Method,
  cell: Cell,
  images: Images,
  backend: Backend,
): Promise<Tensor> {
  const program = compile(model, { method: made, target: 'input' });
  const session = await backend.load(program.graph);
  try {
    const feeds: Record<string, Tensor> = {
      [program.input]: images.tensor,
      target: {
        data: BigInt64Array.from(images.targets, BigInt),
        shape: [images.targets.length],
        dtype: 'int64',
      },
    };
    for (const { input, draw } of program.draws) {
      feeds[input] = tensor(floats(cell.draws[input]!.file), [images.targets.length, ...draw.shape]);
    }
    return (await session.run(feeds))[program.outputs.relevance[0]!]!;
  } finally {
    await session.dispose();
  }
}

export function pick({ tensor: { data, shape }, targets }: Images, which: readonly number[]): Images {
  const size = data.length / shape[0]!;
  const own = new Float32Array(which.length * size);
  for (const [at, image] of which.entries())
    own.set((data as Float32Array).subarray(image * size, (image + 1) * size), at * size);
  return {
    tensor: tensor(own, [which.length, ...shape.slice(1)]),
    targets: which.map((image) => targets[image]!),
  };
}

/** Orders, coalitions and masks are the same for all images. */
function withDraws(cell: Cell) {
  const rowsOf = (name: string) => {
    const { file, shape } = cell.draws[name]!;
    const data = floats(file);
    const size = data.length / shape[0]!;
    return Array.from({ length: shape[0]! }, (_, at) => data.slice(at * size, (at + 1) * size));
  };
  const options = cell.options as Record<string, never>;
  switch (cell.method) {
    case 'shapley-value-sampling':
      return shapleyValueSampling({ ...options, orders: rowsOf('orders').map((order) => [...order]) });
    case 'kernel-shap':
      return kernelShap({ ...options, coalitions: rowsOf('coalitions') });
    case 'lime':
      return lime({ ...options, coalitions: rowsOf('coalitions') });
    case 'rise':
      return rise({ masks: rowsOf('masks') });
    default:
      return method(cell.method, cell.options);
  }
}
