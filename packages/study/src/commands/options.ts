/** Options that several commands share, from text to values. */
import { type Graph, nearest, SaliencyError, type Target } from '@regional-saliency/core';
import type { OptionValue } from '@regional-saliency/methods';
import { InvalidArgumentError } from 'commander';
import { type Preprocessing, preparedSize } from '../images/preprocess';
import type { ScanOptions } from '../images/window';
import { type ChosenObjective, parseObjective } from '../objective';

/** `--set name=value`, collected; true, false and numbers are what they look like. */
export function collectSetting(text: string, before: Record<string, OptionValue> = {}) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as name=value, such as relu=false.');
  const value = text.slice(at + 1);
  const parsed =
    value === 'true' || value === 'false'
      ? value === 'true'
      : value.trim() !== '' && Number.isFinite(Number(value))
        ? Number(value)
        : value;
  return { ...before, [text.slice(0, at)]: parsed };
}

/** `--shape input=N,3,224,224`, collected. */
export function collectShape(text: string, before: Record<string, (number | 'N')[]> = {}) {
  const at = text.lastIndexOf('=');
  const dims = text
    .slice(at + 1)
    .split(',')
    .map((dim) => (dim.trim() === 'N' ? ('N' as const) : Number(dim)));
  if (at < 1 || !dims.every((dim) => dim === 'N' || (Number.isInteger(dim) && dim > 0))) {
    throw new InvalidArgumentError('write it as name=N,3,224,224, where N is the batch.');
  }
  return { ...before, [text.slice(0, at)]: dims };
}

/** `--outputs 227,237`, collected. */
export function collectOutputs(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new InvalidArgumentError('write it as names between commas, such as boxes,scores.');
  return [...before, ...names];
}

/** An option that may be given several times. */
export const collect = (text: string, before: readonly string[] = []) => [...before, text];

/** `method,region` */
export function listOption(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('') || new Set(names).size < names.length) {
    throw new InvalidArgumentError('write it as different names between commas, such as method,region.');
  }
  return names;
}

/** `--where column=value`, collected. */
export function collectCondition(text: string, before: readonly (readonly [string, string])[] = []) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as column=value, such as method=gradient.');
  return [...before, [text.slice(0, at), text.slice(at + 1)] as const];
}

/** `predicted` or an index; `input` too where it is allowed. */
export const targetOption =
  (inputToo: boolean) =>
  (text: string): Target => {
    if (text === 'predicted' || (inputToo && text === 'input')) return text;
    if (/^\d+$/.test(text)) return Number(text);
    const choices = inputToo ? 'predicted, input or an index' : 'predicted or an index';
    throw new InvalidArgumentError(`it is ${choices} from 0.`);
  };

/** `name=values`. */
export function objectiveOption(text: string): ChosenObjective {
  try {
    return parseObjective(text);
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}

/** `224` or `224x224` (height × width). */
export function sizeOption(text: string): number | [number, number] {
  const match = /^(\d+)(?:[x×](\d+))?$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('write it as 224x224 (height × width), or 224 for the shorter side.');
  return match[2] === undefined ? Number(match[1]) : [Number(match[1]), Number(match[2])];
}

export function cropOption(text: string): [number, number] {
  const size = sizeOption(text);
  return typeof size === 'number' ? [size, size] : size;
}

/** `0.485,0.456,0.406` */
export function numbersOption(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!numbers.every(Number.isFinite)) throw new InvalidArgumentError('write it as numbers between commas.');
  return numbers;
}

/** `40,400`: centre and width. */
export function windowOption(text: string): [number, number] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [centre, width] = numbers;
  if (numbers.length !== 2 || !Number.isFinite(centre) || !(width! > 0)) {
    throw new InvalidArgumentError('write it as centre,width, such as 40,400.');
  }
  return [centre!, width!];
}

/** A plane of the body, or an axis of the array. */
export function axisOption(text: string): NonNullable<ScanOptions['axis']> {
  const axes = ['axial', 'coronal', 'sagittal', 0, 1, 2] as const;
  const axis = axes.find((each) => String(each) === text);
  if (axis === undefined) throw new InvalidArgumentError(`it is one of ${axes.join(', ')}.`);
  return axis;
}

/** A whole number from 0. */
export function wholeOption(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it is a whole number from 0.');
  return Number(text);
}

export function numberIn(least: number, most: number) {
  return (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`it is a number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** The statistics of ImageNet that torchvision's models were trained with. */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

export interface PreprocessingOptions {
  readonly size?: number | [number, number] | undefined;
  readonly crop?: [number, number] | undefined;
  readonly mean?: number[] | undefined;
  readonly std?: number[] | undefined;
  readonly imagenet?: boolean | undefined;
}

/** What the options say of mean and deviation; none is 0 and 1, so that pixels go in as 0..1. */
export function normalisation(options: PreprocessingOptions, channels: number) {
  const { mean, std } = options.imagenet ? imagenet : options;
  if (!mean !== !std)
    throw new SaliencyError('bad-input', '--mean and --std belong together: give both or neither');
  const count = mean?.length ?? channels;
  if ((std?.length ?? channels) !== count || (count !== channels && count !== 1)) {
    throw new SaliencyError(
      'bad-input',
      `the model takes ${channels} channels: --mean and --std need 1 or ${channels} numbers`,
    );
  }
  if (std?.some((value) => value <= 0)) throw new SaliencyError('bad-input', '--std needs numbers above 0');
  const spread = (values: readonly number[] | undefined, otherwise: number) =>
    Array.from({ length: channels }, (_, channel) => values?.[count === 1 ? 0 : channel] ?? otherwise);
  return { mean: spread(mean, 0), std: spread(std, 1) };
}

/** Size and channels from the model where the options don't say. */
export function preprocessingFor(model: Graph, options: PreprocessingOptions): Preprocessing {
  const [, channels, height, width] = model.inputs[0]!.shape;
  const own =
    typeof height === 'number' && typeof width === 'number' ? ([height, width] as const) : undefined;
  const size = options.size ?? options.crop ?? own;
  if (size === undefined) {
    throw new SaliencyError('bad-input', 'the model takes images of any size: say which with --size 224x224');
  }
  if (channels !== 1 && channels !== 3) {
    throw new SaliencyError(
      'unsupported',
      `the model takes ${String(channels)} channels, but image files have 1 or 3`,
    );
  }
  const settled: Preprocessing = { size, crop: options.crop, channels, ...normalisation(options, channels) };
  if (!preparedSize(settled)) {
    throw new SaliencyError(
      'bad-input',
      '--size with one number needs --crop, such as --size 256 --crop 224x224',
    );
  }
  return settled;
}

export function wholeIn(least: number, most: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`it is a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** One of a list of names, or an error that says which are near. */
export function oneOf<T extends string>(what: string, names: readonly T[]) {
  return (text: string): T => {
    const name = names.find((each) => each === text);
    if (name) return name;
    const near = nearest(text, names, 1)[0];
    throw new InvalidArgumentError(
      `${near ? `did you mean "${near}"? ` : ''}${what} is one of ${names.join(', ')}.`,
    );
  };
}
