/** The model, and how images become what it takes. */
import { SaliencyError } from '@regional-saliency/core';
import type { Preprocessing } from '@regional-saliency/study/browser';
import type { Calls } from './calls';
import { attempt, find, onFiles } from './page';
import type { ModelInfo } from './read-model';
import type { Study } from './study';

export interface ModelPanel {
  /** @returns whether it could be read */
  take(files: readonly File[]): Promise<boolean>;
  /** Sets what the fields say. */
  fill(fields: Readonly<Record<'mean' | 'std' | 'classes', string>>): void;
}

/** Of ImageNet's images, which most models of colour images were trained on. */
const imagenet = { mean: '0.485, 0.456, 0.406', std: '0.229, 0.224, 0.225' };

export function modelPanel(study: Study, calls: Calls): ModelPanel {
  const panel = document.querySelector<HTMLElement>('#model')!;
  const said = find(panel, '.said');
  const field = (name: string) => find<HTMLInputElement>(panel, `[name=${name}]`);
  const [mean, std, size, classes] = [field('mean'), field('std'), field('size'), field('classes')];

  const settle = () => {
    study.normalisation = { mean: mean.value, std: std.value };
    study.classes = classes.value.split(',').flatMap((name) => name.trim() || []);
    study.changed('model');
  };
  for (const input of [mean, std, classes]) input.addEventListener('change', settle);

  const take = (files: readonly File[]) =>
    attempt(panel, async () => {
      said.textContent = `Reading ${files[0]!.name} …`;
      try {
        const model = await calls.read(files, size.valueAsNumber || 224);
        if (!study.model || study.model.channels !== model.channels) {
          mean.value = model.channels === 3 ? imagenet.mean : '0';
          std.value = model.channels === 3 ? imagenet.std : '1';
        }
        study.model = model;
        settle();
      } finally {
        said.textContent = study.model ? summary(study.model) : '';
      }
    });
  onFiles(find(panel, '.drop'), take);
  return {
    take,
    fill(fields) {
      mean.value = fields.mean;
      std.value = fields.std;
      classes.value = fields.classes;
      settle();
    },
  };
}

function summary({ name, channels, height, width, classes }: ModelInfo): string {
  const scores = classes > 0 ? `, ${classes} classes` : '';
  return `${name}: ${channels === 1 ? 'grey' : 'colour'} images of ${width} × ${height}${scores}`;
}

/** @throws SaliencyError that names the field */
export function preprocessingOf(
  { channels, height, width }: ModelInfo,
  { mean, std }: Study['normalisation'],
): Preprocessing {
  const numbers = (what: string, text: string) => {
    const values = text.split(/[\s,;]+/).flatMap((part) => (part === '' ? [] : Number(part)));
    if (!values.every(Number.isFinite) || ![1, channels].includes(values.length)) {
      throw new SaliencyError(
        'bad-input',
        `${what} "${text}" must be one number, or ${channels} with commas between`,
      );
    }
    return values.length === channels ? values : Array<number>(channels).fill(values[0]!);
  };
  const deviations = numbers('deviation', std);
  if (deviations.some((value) => value <= 0)) {
    throw new SaliencyError('bad-input', `deviation "${std}" must be above 0: images are divided by it`);
  }
  return {
    size: [height, width],
    interpolation: 'bilinear',
    channels: channels === 1 ? 1 : 3,
    mean: numbers('mean', mean),
    std: deviations,
  };
}
