/**
 * Writes the phantoms that train.py learns from, as .npy files it can read without a library of ours:
 *
 *     npx tsx tools/phantom/write-sets.ts FOLDER
 *
 * Each set is images (uint8 [n,128,128]), labels (uint8 [n]: 0 normal, 1 pneumonia), regions (uint8 [n,128,128]) and
 * affected (uint8 [n]: the label of the lung with the opacity, or 0). Even images are normal, odd ones are not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lung } from '../../examples/demo/opacity';
import { phantom, regions, size } from '../../examples/demo/phantom';
import { groupOf, letterOf, type Marker } from '../../examples/demo/write-study';

/** Training, test and demo never share a patient: each has a seed of its own (the demo's is 2026). */
const sets: { name: string; seed: number; count: number; marker: Marker; lung?: Lung }[] = [
  { name: 'train-fair', seed: 1, count: 4000, marker: 'random' },
  { name: 'train-shortcut', seed: 1, count: 4000, marker: 'honest' },
  { name: 'test-honest', seed: 2, count: 500, marker: 'honest' },
  { name: 'test-absent', seed: 2, count: 500, marker: 'absent' },
  { name: 'test-swapped', seed: 2, count: 500, marker: 'swapped' },
  { name: 'demo', seed: 2026, count: 48, marker: 'honest', lung: 'right-lung' },
];

const folder = process.argv[2];
if (!folder) {
  console.error('Usage: npx tsx tools/phantom/write-sets.ts FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const { name, seed, count, marker, lung } of sets) {
  const images = new Uint8Array(count * size * size);
  const labelMaps = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  const affected = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    const group = groupOf(image);
    const made = phantom({ seed, image, group, lung, letter: letterOf(marker, seed, image) });
    images.set(made.pixels, image * size * size);
    labelMaps.set(made.labels, image * size * size);
    labels[image] = group === 'pneumonia' ? 1 : 0;
    affected[image] = made.affected ? regions[made.affected] : 0;
  }
  writeFileSync(join(folder, `${name}.images.npy`), npy(images, [count, size, size]));
  writeFileSync(join(folder, `${name}.regions.npy`), npy(labelMaps, [count, size, size]));
  writeFileSync(join(folder, `${name}.labels.npy`), npy(labels, [count]));
  writeFileSync(join(folder, `${name}.affected.npy`), npy(affected, [count]));
  console.log(`${name}: ${count} images, marker ${marker}`);
}

/** NumPy's format 1.0: magic, a Python dictionary padded so that the data begins at a multiple of 64 bytes. */
function npy(data: Uint8Array, shape: number[]): Buffer {
  const about = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${about.padEnd(Math.ceil((10 + about.length + 1) / 64) * 64 - 11)}\n`;
  const start = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), data]);
}
