/**
 * Shows flipped gates, where a map is further from float64 than its bound.
 *
 * Maps jump where a rectifier's input crosses zero, or a clipped one its bounds. The forward pass of the method's own program
 * is run beside the model in float64 (the reference interpreter), and the units are counted that stand on different sides;
 * on how far apart the two put them, in parts of the largest value there, hangs whether that is rounding. What is not looked
 * at: ties in a pool's window, and how a runtime rounds inside a loop.
 */
import { referenceBackend } from '@regional-saliency/conformance';
import {
  type Backend,
  compile,
  type Graph,
  isProcedure,
  type Node,
  nodesOf,
  tensor,
} from '@regional-saliency/core';
import { gradient, method } from '@regional-saliency/methods';
import { stepsOf } from '../../packages/methods/src/gradient/steps';
import { floats, type Images, pick } from './ours';
import type { Cell } from './peers';

export interface Flips {
  readonly count: number;
  /** How far the farthest stands from its edge, in parts of the largest value of its layer. */
  readonly farthest: number;
}

/** Where the slope of a function jumps; undefined for others. */
function edgesOf({ op, attributes }: Node): number[] | undefined {
  if (op === 'Relu' || op === 'LeakyRelu') return [0];
  if (op === 'HardSwish' || op === 'HardSigmoid') return [-3, 3];
  if (op !== 'Clip') return undefined;
  return [attributes.min, attributes.max].filter(
    (edge): edge is number => typeof edge === 'number' && Number.isFinite(edge),
  );
}

/** The gates of a forward pass: the values they read and their edges. */
function gatesOf(graph: Graph, output: string) {
  const forward = nodesOf({ ...graph, outputs: { [output]: graph.outputs[output]! } });
  return forward.flatMap((node) => {
    const edges = edgesOf(node);
    return edges ? [{ value: node.inputs[0]!, edges }] : [];
  });
}

async function valuesOf(graph: Graph, output: string, images: Images, backend: Backend) {
  const gates = gatesOf(graph, output);
  const outputs = Object.fromEntries(gates.map(({ value }, at) => [`gate${at}`, value]));
  const session = await backend.load({
    ...graph,
    outputs: { ...graph.outputs, ...outputs },
  });
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name }) => [
        name!,
        name === 'target'
          ? {
              data: BigInt64Array.from(images.targets, BigInt),
              shape: [images.targets.length],
              dtype: 'int64' as const,
            }
          : images.tensor,
      ]),
    );
    const found = await session.run(feeds);
    return gates.map(({ edges }, at) => ({ edges, data: found[`gate${at}`]!.data as Float32Array }));
  } finally {
    await session.dispose();
  }
}

const { fround } = Math;

/** What the method's passes look at, rounded step by step as the program does: the images, or places on the way to them. Undefined where it is not known here. */
function placesOf(
  cell: Cell,
  { tensor: { data, shape }, targets }: Images,
  which: readonly number[],
): Images[] | undefined {
  const {
    n = 0,
    noise = 0,
    deviation = 0,
    method: path,
  } = cell.options as Record<string, number> & { method?: never };
  const size = data.length / shape[0]!;
  const drawn = (name: string) => floats(cell.draws[name]!.file);
  const changed = (change: (value: number, at: number, image: number) => number): Images => {
    const moved = Float32Array.from(data as Float32Array, (value, at) =>
      change(value, at % size, Math.floor(at / size)),
    );
    return { tensor: tensor(moved, shape), targets };
  };
  const steps = (places: readonly number[]) =>
    places.map((place) => changed((value) => fround(place) * value));
  switch (cell.method) {
    case 'smooth-grad': {
      const normal = drawn('noise');
      const range = which.map((_, image) => {
        const own = (data as Float32Array).subarray(image * size, (image + 1) * size);
        return own.reduce((a, b) => Math.max(a, b)) - own.reduce((a, b) => Math.min(a, b));
      });
      return Array.from({ length: n }, (_, copy) =>
        changed((value, at, image) =>
          copy === n - 1
            ? value
            : value +
              fround(
                fround(range[image]! * fround(noise)) * normal[(which[image]! * (n - 1) + copy) * size + at]!,
              ),
        ),
      );
    }
    case 'gradient-shap': {
      const [normal, places] = [drawn('noise'), drawn('places')];
      return Array.from({ length: n }, (_, copy) =>
        changed((value, at, image) => {
          const sample = which[image]! * n + copy;
          return places[sample]! * fround(value + fround(fround(deviation) * normal[sample * size + at]!));
        }),
      );
    }
    case 'integrated-gradients':
      return steps(stepsOf(path ?? 'gausslegendre', n).places);
    case 'conductance':
      return steps(stepsOf('riemann-trapezoid', n + 1).places);
    case 'layer-integrated-gradients':
      return undefined;
    default:
      return [changed((value) => value)];
  }
}

/**
 * @param which of the images to look at
 * @returns undefined where it is not known what the method looks at
 */
export async function flipsOf(
  model: Graph,
  cell: Cell,
  all: Images,
  which: readonly number[],
  backend: Backend,
): Promise<Flips | undefined> {
  const made = method(cell.method, cell.options);
  const places = placesOf(cell, pick(all, which), which);
  if (isProcedure(made) || !places) return undefined;
  // A program of many passes has them in a loop; the gradient's stands for one of them.
  const program = compile(model, { method: places.length > 1 ? gradient() : made, target: 'input' });
  let [count, farthest] = [0, 0];
  for (const images of places) {
    const own = { graph: program.graph, output: program.output };
    const exact = { graph: model, output: Object.keys(model.outputs)[0]! };
    const found = await flipsAt(own, exact, images, backend);
    if (!found) return undefined;
    count += found.count;
    farthest = Math.max(farthest, found.farthest);
  }
  return { count, farthest };
}

/** A forward pass, by the output it ends in. */
interface Pass {
  readonly graph: Graph;
  readonly output: string;
}

/** The gates that a backend's own pass over images puts on another side than the exact one; undefined if they have not the same gates. */
export async function flipsAt(
  own: Pass,
  exact: Pass,
  images: Images,
  backend: Backend,
): Promise<Flips | undefined> {
  const ours = await valuesOf(own.graph, own.output, images, backend);
  const truths = await valuesOf(exact.graph, exact.output, images, referenceBackend());
  if (ours.length !== truths.length) return undefined;
  let [count, farthest] = [0, 0];
  for (const [gate, { edges, data }] of ours.entries()) {
    const truth = truths[gate]!.data;
    const largest = truth.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let at = 0; at < data.length; at++) {
      for (const edge of edges) {
        if (data[at]! > edge === truth[at]! > edge) continue;
        count++;
        farthest = Math.max(farthest, Math.abs(data[at]! - truth[at]!) / largest);
      }
    }
  }
  return { count, farthest };
}
