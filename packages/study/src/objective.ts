/**
 * What is explained where it is no class's score, as it is written at the prompt (`--objective`) and in a study
 * (`"objective"`): from text to core's objectives, and to words for a report.
 *
 * The text is `name=values`, with commas between values; what few need comes after them as `option=value`.
 */
import {
  detectorBox,
  type Index,
  logitDifference,
  logProbability,
  type Method,
  type Objective,
  type PartContext,
  regression,
  SaliencyError,
  segmentation,
  similarity,
  type Target,
  type Tensor,
} from '@regional-saliency/core';

export interface ChosenObjective {
  /** As it was written. */
  readonly text: string;
  /** The output that is read; default the model's first. */
  readonly output?: string | undefined;
  /** Whether that output is scores of classes, one of which is the predicted one. */
  readonly ofClasses: boolean;
  /** Whether the target matters. */
  readonly readsTarget: boolean;
  /** The image file whose embedding is compared with. */
  readonly reference?: string | undefined;
  /** What it is, as part of a sentence. @param nameOf what a class is called */
  words(nameOf?: (index: number) => string): string;
  /** @param embedding of the reference image, where there is one */
  make(embedding?: Tensor): Objective;
}

type Options = Readonly<Record<string, string | undefined>>;

interface Form {
  /** How it is written. */
  readonly usage: string;
  /** What it explains, in one line of help. */
  readonly about: string;
  /** How many values it takes. */
  readonly least: number;
  readonly most: number;
  /** The options it takes after them. */
  readonly options: readonly string[];
  read(
    values: readonly string[],
    options: Options,
  ): Pick<ChosenObjective, 'words' | 'make'> & Partial<ChosenObjective>;
}

type NameOf = (index: number) => string;
const classOf = (index: Index, nameOf: NameOf) => (index === 'target' ? 'the target class' : nameOf(index));

const forms: Readonly<Record<string, Form>> = {
  'logit-difference': {
    usage: 'logit-difference=class,class[,output=name]',
    about: 'the first class’s score less the second’s',
    least: 2,
    most: 2,
    options: ['output'],
    read([first, second], { output }) {
      const [a, b] = [indexOf(first!), indexOf(second!)];
      return {
        ofClasses: true,
        readsTarget: a === 'target' || b === 'target',
        words: (nameOf = numbered) => `the score of ${classOf(a, nameOf)} less that of ${classOf(b, nameOf)}`,
        make: () => logitDifference(a, b, { output }),
      };
    },
  },
  'log-probability': {
    usage: 'log-probability[=class[,output=name]]',
    about: 'the logarithm of a class’s softmax probability',
    least: 0,
    most: 1,
    options: ['output'],
    read([text = 'target'], { output }) {
      const index = indexOf(text);
      return {
        ofClasses: true,
        readsTarget: index === 'target',
        words: (nameOf = numbered) => `the logarithm of the softmax probability of ${classOf(index, nameOf)}`,
        make: () => logProbability(index, { output }),
      };
    },
  },
  segmentation: {
    usage: 'segmentation=class[,predicted][,form=mean or sum][,output=name]',
    about: 'a class’s score over all pixels, or those where it was predicted',
    least: 1,
    most: 2,
    options: ['form', 'output'],
    read([text, where], { form: formText = 'mean', output }) {
      const index = whole(text!);
      const mask = where === undefined ? undefined : oneOf(where, ['predicted']);
      const form = oneOf(formText, ['mean', 'sum']);
      return {
        words: (nameOf = numbered) =>
          `the ${form} of the score of ${nameOf(index)} over ${mask ? 'the pixels where it was predicted' : 'all pixels'}`,
        make: () => segmentation(index, { mask, form, output }),
      };
    },
  },
  'detector-box': {
    usage: 'detector-box=class[,box or best[,coordinate]][,axis=1 or 2][,scores=output][,boxes=output]',
    about: 'the score or a coordinate of one box, before boxes are merged',
    least: 1,
    most: 3,
    options: ['axis', 'scores', 'boxes'],
    read([text, boxText = 'best', coordinateText], { axis, scores, boxes }) {
      const index = whole(text!);
      const box = boxText === 'best' ? boxText : whole(boxText);
      const coordinate = coordinateText === undefined ? undefined : whole(coordinateText);
      const along = axis === undefined ? undefined : oneOf(axis, ['1', '2']) === '1' ? 1 : 2;
      return {
        output: scores,
        words(nameOf = numbered) {
          const which = box === 'best' ? `the box with the largest score for ${nameOf(index)}` : `box ${box}`;
          if (coordinate !== undefined) return `coordinate ${coordinate} of ${which}`;
          return `the score for ${nameOf(index)} of ${which}`;
        },
        make: () => detectorBox(index, { box, coordinate, axis: along, scores, boxes }),
      };
    },
  },
  regression: {
    usage: 'regression[=index[,output=name]]',
    about: 'one number of the output',
    least: 0,
    most: 1,
    options: ['output'],
    read([text = '0'], { output }) {
      const index = whole(text);
      return {
        words: () => `number ${index} of the model’s output`,
        make: () => regression(index, { output }),
      };
    },
  },
  similarity: {
    usage: 'similarity=image file[,form=cosine or dot][,output=name]',
    about: 'likeness to another image, by the model’s embedding of both',
    least: 1,
    most: 1,
    options: ['form', 'output'],
    read([reference], { form: formText = 'cosine', output }) {
      const form = oneOf(formText, ['cosine', 'dot']);
      const kind = form === 'cosine' ? 'cosine similarity' : 'inner product';
      const file = reference!.split(/[\\/]/).at(-1)!;
      return {
        reference,
        words: () => `the ${kind} of the image’s embedding and that of ${file}`,
        make(embedding) {
          if (!embedding) throw new Error('the embedding of the reference comes first');
          return about(`similarity=${file},${form}`, similarity(embedding, { form, output }));
        },
      };
    },
  },
};

const numbered: NameOf = (index) => `class ${index}`;

/** All of them for help: how each is written and, below, what it explains. */
export const objectiveHelp = Object.values(forms)
  .map(({ usage, about }) => `  ${usage}\n      ${about}`)
  .join('\n');

/** @throws SaliencyError `bad-input`, a sentence that says how it is written */
export function parseObjective(text: string): ChosenObjective {
  const [name, rest] = text.split(/=(.*)/s) as [string, string | undefined];
  const form = Object.hasOwn(forms, name) ? forms[name]! : undefined;
  if (!form) {
    const names = Object.keys(forms);
    throw new SaliencyError('bad-input', `"${text}" is no objective: it is one of ${names.join(', ')}`);
  }
  const values: string[] = [];
  const options: Record<string, string> = {};
  for (const part of rest === undefined ? [] : rest.split(',').map((each) => each.trim())) {
    const [option, value] = part.split(/=(.*)/s) as [string, string | undefined];
    if (value && form.options.includes(option)) options[option] = value;
    else values.push(part);
  }
  try {
    if (values.length < form.least || values.length > form.most || values.includes('')) {
      throw new SaliencyError('bad-input', `"${text}" does not have the values it needs`);
    }
    const read = form.read(values, options);
    const { output = options.output, make } = read;
    const given = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    return {
      ofClasses: false,
      readsTarget: false,
      ...read,
      text,
      output,
      words: (nameOf) => read.words(nameOf) + (output ? `, read from its output ${output}` : ''),
      make(embedding) {
        const made = make(embedding);
        return about([made.about, ...given].join(','), made);
      },
    };
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError('bad-input', `${error.message}: write it as ${form.usage}`);
  }
}

/** @param said what the target is called where it is given @throws SaliencyError `bad-input` for one that would change nothing */
export function refuseIdleTarget(objective: ChosenObjective, target: Target, said: string): void {
  if (objective.readsTarget || target === 'predicted') return;
  throw new SaliencyError(
    'bad-input',
    `${said} means nothing to the objective ${objective.text}: leave it out`,
  );
}

/** The objective with what its provenance says of it. */
const about = (text: string, objective: Objective): Objective =>
  Object.assign<Objective, { about: string }>((...parts) => objective(...parts), { about: text });

/**
 * What is explained, itself, [N]: computed beside the maps by the same program. It is a method, since what a program gives
 * besides the model's outputs is what methods build.
 */
export const objectiveValue: Method = {
  id: 'objective',
  options: {},
  build: ({ score }: PartContext) => score(),
};

const indexOf = (text: string): Index => (text === 'target' ? text : whole(text));

function whole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new SaliencyError('bad-input', `"${text}" is no index from 0`);
}

function oneOf<T extends string>(text: string, words: readonly T[]): T {
  const word = words.find((each) => each === text);
  if (word) return word;
  throw new SaliencyError('bad-input', `"${text}" is not ${words.map((each) => `"${each}"`).join(' or ')}`);
}
