/** `regions chest`: label maps of lung fields, one for each X-ray. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chestLabels, chestRegions } from '@regional-saliency/chest';
import { SaliencyError } from '@regional-saliency/core';
import { openBackend } from '../backends';
import { writeWhole } from '../files';
import { readImage } from '../images/decode';
import { imagesAt } from '../images/folder';
import { planes } from '../images/planes';
import type { ScanOptions } from '../images/window';
import { encodePng } from '../overlay/overlay';
import type { Progress, Work } from '../progress';
import { outputNames } from './explain';

export interface ChestCommand extends ScanOptions {
  readonly output: string;
  readonly backend: string;
}

/** An image's line in regions.json. */
export type FoundChest =
  | { readonly image: string; readonly confidence: number; readonly labels: string }
  | { readonly image: string; readonly confidence?: number; readonly refused: string };

/**
 * Writes `<name>.png` for each image, a label map of its own size (0 rest, 1 right lung, 2 left lung, 3 mediastinum), and
 * `regions.json` with the confidences and what was refused.
 *
 * @param paths of images, or of folders with images
 */
export async function chestMasks(
  paths: readonly string[],
  options: ChestCommand,
  progress?: (work: Work) => Progress,
): Promise<FoundChest[]> {
  const images = await imagesAt(paths);
  const { backend } = await openBackend(options.backend);
  const names = outputNames(images);
  await mkdir(options.output, { recursive: true });
  const shown = progress?.({ what: 'finding lungs', unit: 'images', total: images.length });
  const found: FoundChest[] = [];
  try {
    for (const [index, image] of images.entries()) {
      found.push(await one(image, names[index]!));
      shown?.update(index + 1);
    }
  } finally {
    shown?.stop();
  }
  const text = JSON.stringify({ labels: chestLabels, images: found }, null, 2);
  await writeWhole(join(options.output, 'regions.json'), new TextEncoder().encode(`${text}\n`));
  return found;

  async function one(image: string, name: string): Promise<FoundChest> {
    try {
      const result = await chestRegions(planes(await readImage(image, options)), { backend });
      if (!result.found) return { image, confidence: rounded(result.confidence), refused: result.reason };
      const [height, width] = result.labels.shape as [number, number];
      const file = `${name}.png`;
      const png = await encodePng({ width, height, channels: 1, data: result.labels.data as Uint8Array });
      await writeWhole(join(options.output, file), png);
      return { image, confidence: rounded(result.confidence), labels: file };
    } catch (error) {
      if (!(error instanceof SaliencyError)) throw error;
      return { image, refused: error.message };
    }
  }
}

const rounded = (confidence: number) => Number(confidence.toFixed(4));
