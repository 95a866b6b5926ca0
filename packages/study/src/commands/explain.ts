/** `explain`: overlays and maps of single images. */
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createExplainer, SaliencyError, type Target } from '@regional-saliency/core';
import { absorbed, type MethodOptions, method, methods } from '@regional-saliency/methods';
import { type ReductionName, reduceChannels } from '@regional-saliency/regions';
import { openBackend } from '../backends';
import { settledObjective } from '../embedding';
import { writeWhole } from '../files';
import { readImage } from '../images/decode';
import { imagesAt } from '../images/folder';
import { preprocess } from '../images/preprocess';
import type { ScanOptions } from '../images/window';
import { type InputShapes, readModel } from '../model';
import { type ChosenObjective, objectiveValue, refuseIdleTarget } from '../objective';
import type { ColourMap } from '../overlay/colours';
import { encodeNpy } from '../overlay/npy';
import { drawOverlay, encodePng } from '../overlay/overlay';
import type { Progress, Work } from '../progress';
import { type PreprocessingOptions, preprocessingFor } from './options';

export interface ExplainCommand extends PreprocessingOptions, ScanOptions {
  readonly method: string;
  readonly layer?: string | undefined;
  readonly set?: MethodOptions | undefined;
  readonly target: Target;
  /** Explained instead of the target's score. */
  readonly objective?: ChosenObjective | undefined;
  readonly shape?: InputShapes | undefined;
  /** Layers that become the model's outputs. */
  readonly outputs?: readonly string[] | undefined;
  readonly reduce: ReductionName;
  readonly backend: string;
  readonly output: string;
  readonly colours?: ColourMap | undefined;
  readonly threshold: number;
  readonly opacity: number;
}

export interface ExplainedImage {
  readonly image: string;
  /** Of what class a score was explained, what was predicted and what the score is. */
  readonly score?:
    | { readonly predicted: number; readonly target: number; readonly output: number }
    | undefined;
  /** What the objective is for this image, where one is explained. */
  readonly value?: number | undefined;
  /** The share of relevance that biases absorbed, of methods that hand on all else. */
  readonly absorbed?: number | undefined;
  readonly overlay: string;
  readonly map: string;
}

/**
 * Explains images one by one; each gives `<name>.<method>.png`, the overlay at the model's resolution, and
 * `<name>.<method>.npy`, the map [H, W] as float32.
 *
 * @param paths of images, or of folders with images
 * @returns what was written, and the sentences of images that could not be explained
 */
export async function explainImages(
  modelPath: string,
  paths: readonly string[],
  options: ExplainCommand,
  progress?: (work: Work) => Progress,
): Promise<{ explained: ExplainedImage[]; failed: string[] }> {
  const images = await imagesAt(paths);
  const { graph } = await readModel(modelPath, { shapes: options.shape, outputs: options.outputs });
  const made = method(options.method, { ...options.set, ...(options.layer && { layer: options.layer }) });
  const preprocessing = preprocessingFor(graph, options);
  const names = outputNames(images);
  const { backend } = await openBackend(options.backend);
  const prepared = async (path: string) => preprocess(await readImage(path, options), preprocessing, path);
  const { objective } = options;
  if (objective) refuseIdleTarget(objective, options.target, '--target');
  const explainer = await createExplainer(graph, {
    backend,
    method: objective ? [made, objectiveValue] : made,
    target: options.target,
    ...(objective && {
      output: objective.output,
      objective: await settledObjective(
        objective,
        graph,
        backend,
        async (path) => (await prepared(path)).tensor,
      ),
    }),
  });
  await mkdir(options.output, { recursive: true });
  const shown = progress?.({ what: 'explaining', unit: 'images', total: images.length });
  const explained: ExplainedImage[] = [];
  const failed: string[] = [];
  try {
    for (const [index, image] of images.entries()) {
      try {
        const { tensor, shown: picture } = await prepared(image);
        const { output, target, relevance, relevances } = await explainer.explain(tensor, {
          progress: (done, total) => shown?.update(index + done / total),
        });
        const { data, shape } = reduceChannels(relevance, options.reduce);
        const [, height, width] = shape as [number, number, number];
        const stem = join(options.output, `${names[index]}.${options.method}`);
        const overlay = drawOverlay(
          picture,
          { width, height, data },
          {
            signed: options.reduce === 'sum',
            threshold: options.threshold,
            opacity: options.opacity,
            ...(options.colours && { colours: options.colours }),
          },
        );
        await writeWhole(`${stem}.png`, await encodePng(overlay));
        await writeWhole(`${stem}.npy`, encodeNpy(Float32Array.from(data), [height, width]));
        const scores = Array.from(output.data, Number);
        explained.push({
          image,
          score: objective
            ? undefined
            : {
                predicted: scores.reduce((best, value, at) => (value > scores[best]! ? at : best), 0),
                target: target[0]!,
                output: scores[target[0]!]!,
              },
          value: objective && Number(relevances[objectiveValue.id]!.data[0]),
          // Relevance starts from 1 at a score, but from an objective's derivatives.
          absorbed: !objective && methods[options.method]!.conserves ? absorbed(relevance)[0] : undefined,
          overlay: `${stem}.png`,
          map: `${stem}.npy`,
        });
      } catch (error) {
        if (!(error instanceof SaliencyError)) throw error;
        failed.push(error.message.includes(image) ? error.message : `${image}: ${error.message}`);
      }
      shown?.update(index + 1);
    }
  } finally {
    shown?.stop();
    await explainer.dispose();
  }
  return { explained, failed };
}

/** A name for each image's files: its own without the extension, numbered where two images share it. */
export function outputNames(images: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return images.map((image) => {
    const name = basename(image, extname(image));
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
}
