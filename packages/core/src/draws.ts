/** The random numbers of a program: inputs of its own, drawn for each image by itself. */
import type { Builder } from './builder';
import type { Dim } from './dimension';
import type { Value } from './graph';
import type { Draw } from './method';
import { sizeOf, type Tensor } from './tensor';

/** An input of a program that is drawn, not given by the caller. */
export interface DrawnInput {
  /** Its name. */
  readonly input: string;
  /** The model's input that it is drawn from. */
  readonly of: string;
  readonly draw: Draw;
}

/** Collects what methods draw; equal draws become one input. */
export class Draws {
  readonly values: Value[] = [];
  readonly inputs: DrawnInput[] = [];
  private readonly known = new Map<string, Value>();

  /**
   * @param batch the batch of the program's inputs
   * @param taken names that inputs of the program have already
   */
  constructor(
    private readonly g: Builder,
    private readonly batch: Dim,
    private readonly taken: Set<string>,
  ) {}

  /** @param of the name of the input that the numbers are drawn from */
  take(draw: Draw, of: string): Value {
    const key = JSON.stringify([draw.name, draw.shape, draw.about, of]);
    const known = this.known.get(key);
    if (known) return known;
    let name = draw.name;
    for (let n = 2; this.taken.has(name); n++) name = `${draw.name}_${n}`;
    this.taken.add(name);
    const value = this.g.input(name, [this.batch, ...draw.shape]);
    this.known.set(key, value);
    this.values.push(value);
    this.inputs.push({ input: name, of, draw });
    return value;
  }

  /** How each input is drawn, for the program's metadata. */
  metadata(): Record<string, string> {
    if (this.inputs.length === 0) return {};
    const about = this.inputs.map(({ input, draw }) => ({
      input,
      shape: ['N', ...draw.shape],
      ...draw.about,
    }));
    return { 'regional-saliency.draws': JSON.stringify(about) };
  }
}

/** The numbers for a batch of images: for each image what it alone decides. */
export function drawFor({ draw }: DrawnInput, images: Tensor): Tensor {
  const [count] = images.shape as [number];
  const perImage = sizeOf(images.shape.slice(1));
  const size = sizeOf(draw.shape);
  const data = new Float32Array(count * size);
  for (let image = 0; image < count; image++) {
    data.set(draw.numbers(images.data.subarray(image * perImage, (image + 1) * perImage)), image * size);
  }
  return { data, shape: [count, ...draw.shape], dtype: 'float32' };
}
