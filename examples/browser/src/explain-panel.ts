/** Methods, what is explained, and the run itself: a map for each image and method, made in the worker. */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { families, methods } from '@regional-saliency/methods';
import { type ReductionName, type Region, reduceChannels } from '@regional-saliency/regions';
import {
  type Field,
  type LeftOut,
  type MethodInfo,
  type Prepared,
  preprocess,
} from '@regional-saliency/study/browser';
import { createWorkerExplainer } from '@regional-saliency/worker';
import { decode } from './decode';
import { preprocessingOf } from './model-panel';
import { attempt, counted, element, find, setOptions } from './page';
import type { RegionsPanel } from './regions-panel';
import { className, type ExplainedImage, type Study, type StudyImage } from './study';

/** Images that are explained in one run: what a page's memory holds, and how often a run can be cancelled. */
const BATCH = 4;

/** An image that is ready to be explained, and what was found of it so far. */
interface Ready extends Prepared {
  readonly image: StudyImage;
  readonly group: string;
  readonly regions: readonly Region[];
  readonly maps: Map<string, Field>;
  target: number;
  predicted: number;
  output: number;
}

export interface ExplainPanel {
  run(): Promise<void>;
}

export function explainPanel(study: Study, worker: Worker, regions: RegionsPanel): ExplainPanel {
  const panel = document.querySelector<HTMLElement>('#explain')!;
  const select = (name: string) => find<HTMLSelectElement>(panel, `select[name=${name}]`);
  const [more, layer, target, reduce, backend] = ['method', 'layer', 'target', 'reduce', 'backend'].map(
    select,
  ) as [HTMLSelectElement, HTMLSelectElement, HTMLSelectElement, HTMLSelectElement, HTMLSelectElement];
  const start = find<HTMLButtonElement>(panel, '[name=run]');
  const cancel = find<HTMLButtonElement>(panel, '[name=cancel]');
  const bar = find<HTMLProgressElement>(panel, 'progress');
  const said = find(panel, '.said');
  let chosen = ['gradient', 'grad-cam', 'lrp-epsilon-plus'];

  function drawMethods(): void {
    find(panel, '.chips').replaceChildren(
      ...chosen.map((id) => {
        const { title } = methods[id]!;
        const remove = element(
          'button',
          { type: 'button', 'aria-label': `Remove ${title}`, class: 'quiet' },
          '×',
        );
        remove.addEventListener('click', () => {
          chosen = chosen.filter((other) => other !== id);
          drawMethods();
        });
        return element('li', {}, title, remove);
      }),
    );
    more.replaceChildren(
      element('option', { value: '' }, 'add one …'),
      ...Object.entries(families).map(([family, entries]) =>
        element(
          'optgroup',
          { label: family },
          ...entries
            .filter(({ id }) => !chosen.includes(id))
            .map(({ id, title, kind }) =>
              element('option', { value: id }, kind === 'procedure' ? `${title} (many runs)` : title),
            ),
        ),
      ),
    );
  }
  more.addEventListener('change', () => {
    if (more.value) chosen.push(more.value);
    drawMethods();
  });
  drawMethods();

  function drawModel(): void {
    const { layers = [], classes = 0 } = study.model ?? {};
    setOptions(layer, [
      ['', layers.length > 0 ? `the last one (${layers.at(-1)})` : 'the last one'],
      ...layers.map((name) => [name, name] as const),
    ]);
    setOptions(target, [
      ['predicted', 'the predicted one'],
      ...Array.from(
        { length: classes },
        (_, index) => [String(index), className(study.classes, index)] as const,
      ),
    ]);
  }
  study.on('model', drawModel);
  drawModel();

  let stop: AbortController | undefined;
  cancel.addEventListener('click', () => stop?.abort(new Error('cancelled')));

  async function run(): Promise<void> {
    const own = new AbortController();
    stop = own;
    start.disabled = true;
    cancel.hidden = bar.hidden = false;
    bar.value = 0;
    said.textContent = 'Preparing the images …';
    const done = await attempt(panel, async () => {
      try {
        await explainAll(own.signal);
      } catch (error) {
        if (!own.signal.aborted) throw error;
        said.textContent = 'Cancelled: what was shown before stays.';
      }
    });
    if (!done) said.textContent = '';
    start.disabled = false;
    cancel.hidden = bar.hidden = true;
    stop = undefined;
  }
  start.addEventListener('click', run);

  async function explainAll(signal: AbortSignal): Promise<void> {
    const { model, groups } = study;
    if (!model) throw new SaliencyError('bad-input', 'there is no model yet: drop one above');
    if (groups.every(({ images }) => images.length === 0)) {
      throw new SaliencyError('bad-input', 'there are no images yet: drop some into the groups above');
    }
    if (study.entries.length === 0) {
      throw new SaliencyError('bad-input', 'there are no regions yet: draw one above, or add a grid');
    }
    if (chosen.length === 0) throw new SaliencyError('bad-input', 'no method is chosen: add one above');
    const preprocessing = preprocessingOf(model, study.normalisation);
    const asked = target.value === 'predicted' ? 'predicted' : Number(target.value);
    const how = reduce.value as ReductionName;

    const ready: Ready[] = [];
    const leftOut: LeftOut[] = [];
    for (const { name: group, images } of groups) {
      for (const image of images) {
        signal.throwIfAborted();
        try {
          const prepared = preprocess(await decode(image), preprocessing, image.name);
          const own = await regions.of(image);
          ready.push({
            ...prepared,
            image,
            group,
            regions: own,
            maps: new Map(),
            target: -1,
            predicted: -1,
            output: 0,
          });
        } catch (error) {
          if (!(error instanceof SaliencyError) || error.code === 'backend') throw error;
          leftOut.push({ image: image.name, group, reason: error.message });
        }
      }
    }
    if (ready.length === 0)
      throw new SaliencyError('bad-input', `no image can be used: ${leftOut[0]!.reason}`);

    const infos: MethodInfo[] = chosen.map((id) => ({
      id,
      label: id,
      ...(methods[id]!.layer && layer.value && { layer: layer.value }),
      options: {},
    }));
    const total = ready.length * infos.length;
    for (const [at, info] of infos.entries()) {
      const { title } = methods[info.id]!;
      said.textContent = `${title}: loading …`;
      const explainer = await createWorkerExplainer(worker, {
        model: 'opened',
        backend: backend.value,
        method: { [info.id]: info.layer ? { layer: info.layer } : {} },
        target: asked,
      });
      try {
        for (let first = 0; first < ready.length; first += BATCH) {
          const batch = ready.slice(first, first + BATCH);
          const show = (part: number) => {
            bar.value = (at * ready.length + first + part * batch.length) / total;
            said.textContent = `${title}: ${Math.floor(first + part * batch.length)} of ${ready.length} images`;
          };
          show(0);
          const explanation = await explainer.explain(stacked(batch.map(({ tensor }) => tensor)), {
            signal,
            ...(methods[info.id]!.kind === 'procedure' && { regions: batch.map((each) => masksOf(each)) }),
            progress: (done, all) => show(done / all),
          });
          keep(batch, info.label, reduceChannels(explanation.relevance, how), explanation);
        }
      } finally {
        await explainer.dispose();
      }
    }
    study.explained = {
      model,
      methods: infos,
      classes: study.classes,
      target: asked,
      reduce: how,
      backend: backend.options[backend.selectedIndex]!.text,
      preprocessing,
      images: ready as ExplainedImage[],
      leftOut,
    };
    const without =
      leftOut.length > 0 ? `; ${leftOut.length} left out, the first: ${leftOut[0]!.reason}` : '';
    said.textContent = `${counted(ready.length, 'image')} explained by ${counted(infos.length, 'method')}${without}.`;
    study.changed('explained');
  }
  return { run };
}

/** What an explanation says of each image of a batch. */
function keep(
  batch: readonly Ready[],
  label: string,
  maps: Tensor,
  { output, target }: { readonly output: Tensor; readonly target: Int32Array },
): void {
  const [, height, width] = maps.shape as [number, number, number];
  const classes = output.data.length / batch.length;
  for (const [index, each] of batch.entries()) {
    const data = (maps.data as Float32Array).slice(index * height * width, (index + 1) * height * width);
    each.maps.set(label, { width, height, data });
    const scores = Array.from(output.data.subarray(index * classes, (index + 1) * classes), Number);
    each.predicted = scores.reduce((best, score, at) => (score > scores[best]! ? at : best), 0);
    each.target = target[index]!;
    each.output = scores[each.target] ?? Number.NaN;
  }
}

function stacked(tensors: readonly Tensor[]): Tensor {
  const size = tensors[0]!.data.length;
  const data = new Float32Array(size * tensors.length);
  for (const [index, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, index * size);
  return { data, shape: [tensors.length, ...tensors[0]!.shape.slice(1)], dtype: 'float32' };
}

/** An image's regions as masks [R, H, W] at the model's resolution, for procedures that take regions together. */
function masksOf({ regions, shown: { height, width } }: Ready): Tensor {
  const data = new Uint8Array(regions.length * height * width);
  for (const [index, region] of regions.entries())
    data.set(region.mask(height, width).data, index * height * width);
  return { data, shape: [regions.length, height, width], dtype: 'uint8' };
}
