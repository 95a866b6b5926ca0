/** The images of a folder, always in the same order. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SaliencyError } from '@regional-saliency/core';

const extensions = ['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp', '.dcm', '.nii', '.nii.gz'];

/**
 * File names of a folder's images, by code unit, whatever the machine's language; subfolders are not entered.
 *
 * @throws SaliencyError `bad-file` where there is no such folder, `bad-input` where it holds no image
 */
export async function imagesIn(folder: string, what: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new SaliencyError('bad-file', `${what}: there is no folder ${folder}`, { cause });
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => extensions.some((extension) => name.toLowerCase().endsWith(extension)))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (names.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `${what}: the folder ${folder} holds no image (${extensions.join(', ')})`,
    );
  }
  return names;
}

/** Paths of images as they are typed: a folder stands for all images in it. @throws SaliencyError as `imagesIn` */
export async function imagesAt(paths: readonly string[]): Promise<string[]> {
  const lists = paths.map(async (path) => {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    return isFolder ? (await imagesIn(path, 'images')).map((name) => join(path, name)) : [path];
  });
  return (await Promise.all(lists)).flat();
}
