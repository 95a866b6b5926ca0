/** `--objective name=values`: what is explained, where it is no class's score, from text to core's objectives. */
import {
  detectorBox,
  type Index,
  logitDifference,
  logProbability,
  type Objective,
  regression,
  SaliencyError,
  segmentation,
} from '@regional-saliency/core';
import { InvalidArgumentError } from 'commander';

interface Form {
  /** How it is written. */
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  make(values: readonly string[]): Objective;
}

const forms: Readonly<Record<string, Form>> = {
  'logit-difference': {
    usage: 'logit-difference=a,b',
    least: 2,
    most: 2,
    make: ([a, b]) => logitDifference(indexOf(a!), indexOf(b!)),
  },
  'log-probability': {
    usage: 'log-probability[=class]',
    least: 0,
    most: 1,
    make: ([index = 'target']) => logProbability(indexOf(index)),
  },
  segmentation: {
    usage: 'segmentation=class[,predicted]',
    least: 1,
    most: 2,
    make: ([index, mask]) =>
      segmentation(whole(index!), { mask: mask === undefined ? mask : oneWord(mask, 'predicted') }),
  },
  'detector-box': {
    usage: 'detector-box=class[,box or best[,coordinate]]',
    least: 1,
    most: 3,
    make: ([index, box = 'best', coordinate]) =>
      detectorBox(whole(index!), {
        box: box === 'best' ? box : whole(box),
        coordinate: coordinate === undefined ? undefined : whole(coordinate),
      }),
  },
  regression: {
    usage: 'regression[=index]',
    least: 0,
    most: 1,
    make: ([index = '0']) => regression(whole(index)),
  },
};

export const objectiveUsage = Object.values(forms)
  .map(({ usage }) => usage)
  .join(', ');

/** @throws InvalidArgumentError that says how it is written */
export function objectiveOption(text: string): Objective {
  const [name, rest] = text.split(/=(.*)/s) as [string, string | undefined];
  const form = Object.hasOwn(forms, name) ? forms[name]! : undefined;
  if (!form) throw new InvalidArgumentError(`it is one of ${objectiveUsage}.`);
  const values = rest === undefined ? [] : rest.split(',').map((value) => value.trim());
  if (values.length < form.least || values.length > form.most) {
    throw new InvalidArgumentError(`write it as ${form.usage}.`);
  }
  try {
    return form.make(values);
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new InvalidArgumentError(`${error.message}: write it as ${form.usage}.`);
  }
}

const indexOf = (text: string): Index => (text === 'target' ? text : whole(text));

function whole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new SaliencyError('bad-input', `"${text}" is no index from 0`);
}

function oneWord<T extends string>(text: string, word: T): T {
  if (text === word) return word;
  throw new SaliencyError('bad-input', `"${text}" is not "${word}"`);
}
