/**
 * Images of which it is known what a network must have relied on: new phantoms of the demo, and for each the same patient with
 * one region changed and not a pixel besides. Where that changes the network's answer, the answer rests on that region.
 */
import { type Backend, type Graph, type Session, type Tensor, tensor } from '@regional-saliency/core';
import { labelMap, type Region } from '@regional-saliency/regions';
import { type PhantomOptions, phantom, regions, size } from '../../examples/demo/phantom';
import { groupOf } from '../../examples/demo/write-study';
import { dilated } from './metrics';

export interface Task {
  readonly id: 'lesion' | 'marker';
  readonly network: 'fair' | 'shortcut';
  readonly about: string;
}

export const tasks: readonly Task[] = [
  { id: 'lesion', network: 'fair', about: 'the lung with the opacity, for `fair`' },
  { id: 'marker', network: 'shortcut', about: "the marker's box, for `shortcut`" },
];

/** An image that its network is right about, for the reason that is known. */
export interface Planted {
  readonly seed: number;
  readonly image: number;
  /** `size × size` grey values. */
  readonly pixels: Uint8Array;
  readonly target: number;
  /** The region that decides, by its name in `regions`; the others are its rivals. */
  readonly truth: string;
  readonly regions: readonly Region[];
  /** Masks [R, H, W] of the same regions, as methods take them that switch regions off. */
  readonly masks: Tensor;
  readonly inside: Uint8Array;
  /** The same with the pointing game's tolerance. */
  readonly near: Uint8Array;
}

/** Seeds whose patients trained, tested or demonstrated the networks. */
export const seen = [1, 2, 77, 2026];

/**
 * The first `count` images of each seed whose answer is right and changes with the region.
 *
 * @returns them, and how many were passed over
 */
export async function plant(
  task: Task,
  backend: Backend,
  model: Graph,
  options: { readonly seeds: readonly number[]; readonly count: number; readonly tolerance: number },
): Promise<{ images: Planted[]; passedOver: number }> {
  const session = await backend.load(model);
  const images: Planted[] = [];
  let passedOver = 0;
  for (const seed of options.seeds) {
    for (let image = 0, held = 0; held < options.count; image++) {
      const { given, changed } = pairOf(task, seed, image);
      const target = given.group === 'pneumonia' ? 1 : 0;
      const drawn = phantom(given);
      const answer = await answerOf(session, drawn.pixels);
      const without = await answerOf(session, phantom(changed).pixels);
      if (answer !== target || without === target) {
        passedOver++;
        continue;
      }
      held++;
      const truth = task.id === 'marker' ? 'marker' : drawn.affected!;
      const inside = drawn.labels.map((label) => Number(label === regions[truth]));
      const named = Object.fromEntries(Object.entries(regions).map(([name, label]) => [label, name]));
      const own = labelMap({ data: drawn.labels, shape: [size, size], dtype: 'uint8' }, named).map(kept);
      images.push({
        seed,
        image,
        pixels: drawn.pixels,
        target,
        truth,
        regions: own,
        masks: stacked(own),
        inside,
        near: dilated(inside, size, options.tolerance),
      });
    }
  }
  await session.dispose();
  return { images, passedOver };
}

/**
 * For the lesion all patients have an opacity, in either lung, and lose it; the marker's task has both groups, and the
 * letter becomes the other one. Both networks see an honest letter: for `fair` it is a distraction, as the lungs are for
 * `shortcut`.
 */
function pairOf(task: Task, seed: number, image: number): { given: PhantomOptions; changed: PhantomOptions } {
  const group = task.id === 'lesion' ? 'pneumonia' : groupOf(image);
  const letter = group === 'pneumonia' ? 'P' : 'L';
  const given = { seed, image, group, letter } as const;
  return task.id === 'lesion'
    ? { given, changed: { ...given, group: 'normal' } }
    : { given, changed: { ...given, letter: letter === 'P' ? 'L' : 'P' } };
}

/** Images as the networks take them. */
export function inputOf(images: readonly Uint8Array[]): Tensor {
  const data = new Float32Array(images.length * size * size);
  for (const [index, pixels] of images.entries())
    for (const [at, grey] of pixels.entries()) data[index * size * size + at] = (grey / 255 - 0.5) / 0.25;
  return tensor(data, [images.length, 1, size, size]);
}

/** The networks' input is `input`, their output `logits` [N, 2]. */
async function answerOf(session: Session, pixels: Uint8Array): Promise<number> {
  const { logits } = await session.run({ input: inputOf([pixels]) });
  const [normal, pneumonia] = logits!.data;
  return Number(pneumonia! > normal!);
}

/** The region with its mask at the images' size at hand: every map of its image is scored by it. */
function kept({ name, mask }: Region): Region {
  const own = mask(size, size);
  return { name, mask: (height, width) => (height === size && width === size ? own : mask(height, width)) };
}

function stacked(own: readonly Region[]): Tensor {
  const data = new Uint8Array(own.length * size * size);
  for (const [index, region] of own.entries()) data.set(region.mask(size, size).data, index * size * size);
  return { data, shape: [own.length, size, size], dtype: 'bool' };
}
