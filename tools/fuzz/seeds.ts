/** The real model files that are damaged: those of the repository, and larger ones beside it where they are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { hostile } from '../../packages/onnx/test/hostile';

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const root = new URL('../../', import.meta.url);

/** Folders of ONNX files; the last is not part of the repository. */
const folders = [
  'packages/onnx/test/fixtures/',
  'tools/fuzz/crashes/',
  'examples/demo/models/',
  '../shared/models/chest-xray/',
];

export function seeds(): Seed[] {
  const files = folders.flatMap((folder) => {
    const url = new URL(folder, root);
    if (!existsSync(url)) return [];
    const names = readdirSync(url).filter((name) => name.endsWith('.onnx'));
    return names.map((name) => ({
      name: fileURLToPath(new URL(name, url)).split('/').slice(-2).join('/'),
      bytes: new Uint8Array(readFileSync(new URL(name, url))),
    }));
  });
  const made = hostile.map(([name, make]) => ({ name: `hostile/${name}`, bytes: make() }));
  return [...files, ...made, ...nodeTests()];
}

/** ONNX's own tests: a model of one node for nearly every operator. */
function nodeTests(): Seed[] {
  const file = readFileSync(new URL('packages/conformance/fixtures/node-tests.json.gz', root));
  const { cases } = JSON.parse(gunzipSync(file).toString()) as { cases: { name: string; model: string }[] };
  return cases.map(({ name, model }) => ({
    name: `node/${name}`,
    bytes: new Uint8Array(Buffer.from(model, 'base64')),
  }));
}
