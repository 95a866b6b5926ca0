/** Makes the folder of a model: its file, images and truths, each once. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runPeers } from '../reference/python';
import { type Case, readCase } from './case';
import { pythonFolder, unpacked } from './fetch';
import type { Entry } from './list';

export const cache = fileURLToPath(new URL('../../.cache/models/', import.meta.url));
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const quiet = { OMP_NUM_THREADS: '1' };

export function caseOf(entry: Entry): Case {
  const folder = `${cache}${entry.name}/`;
  const known = readCase(folder);
  if (known) return known;
  make(entry, folder);
  const made = readCase(folder);
  if (!made) throw new Error(`nothing came of making ${entry.name}: the lines above say why`);
  return made;
}

function make({ name, source }: Entry, folder: string): void {
  switch (source.kind) {
    case 'torchvision':
      runPeers(script('./torchvision_models.py'), [cache, name], quiet);
      break;
    case 'package': {
      const { registry, package: from, version, file, shape, range, output, axis } = source;
      mkdirSync(folder, { recursive: true });
      copyFileSync(`${unpacked(registry, from, version)}${file}`, `${folder}model.onnx`);
      const spec = { from: `${registry} ${from} ${version}`, shape, range, output, axis };
      const environment = { ...quiet, PYTHONPATH: pythonFolder('onnx2torch==1.5.15') };
      runPeers(script('./onnx_truths.py'), [folder, JSON.stringify(spec)], environment);
      break;
    }
  }
}
