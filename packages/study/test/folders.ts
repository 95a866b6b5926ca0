/** Small image folders for tests, in a temporary place that is removed afterwards. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll } from 'vitest';

/** The demo's network: input [N,1,128,128], two classes, layers conv1, layer1 … fc. */
export const demoModel = fileURLToPath(new URL('../../../examples/demo/models/fair.onnx', import.meta.url));

const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'study-'));
  made.push(folder);
  return folder;
}

/** A grey image of soft blobs, another one for every number. */
export async function blobs(number: number, side = 64): Promise<Buffer> {
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    const wave = Math.sin(x / (4 + (number % 5)) + number) * Math.cos(y / (6 + (number % 3)) - number);
    return 110 + 90 * wave + 30 * Math.sin((x * y) / (50 + number));
  });
  return await sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** Folders of blobs, and the settings of a study on them. */
export async function studyFolder(
  sizes: Record<string, number>,
  settings: Record<string, unknown> = {},
): Promise<{ folder: string; file: string; settings: Record<string, unknown> }> {
  const folder = await temporaryFolder();
  let number = 0;
  for (const [group, count] of Object.entries(sizes)) {
    await mkdir(join(folder, group));
    for (let i = 0; i < count; i++) {
      await writeFile(join(folder, group, `${String(i).padStart(2, '0')}.png`), await blobs(number++));
    }
  }
  const study = {
    model: demoModel,
    groups: Object.fromEntries(Object.keys(sizes).map((group) => [group, group])),
    preprocessing: { mean: [0.5], std: [0.25] },
    methods: ['gradient', { id: 'grad-cam', layer: 'layer3' }],
    regions: [{ type: 'grid', rows: 1, columns: 3 }],
    output: 'out',
    ...settings,
  };
  const file = join(folder, 'study.json');
  await writeFile(file, JSON.stringify(study));
  return { folder, file, settings: study };
}
