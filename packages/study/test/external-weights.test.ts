/** Weights beside a model are read from its folder, and from nowhere else. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { file, info, listed, node } from '../../onnx/test/files';
import { readModel } from '../src/model';

const root = mkdtempSync(join(tmpdir(), 'saliency-'));
afterAll(() => rmSync(root, { recursive: true }));

const folder = join(root, 'model');
mkdirSync(folder);
writeFileSync(join(folder, 'weights.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
writeFileSync(join(root, 'secret.bin'), new Uint8Array(16));
symlinkSync(join(root, 'secret.bin'), join(folder, 'link.bin'));

/** A model whose weights lie at a location. */
function modelWith(location: string): string {
  const entry = { $typeName: 'onnx.StringStringEntryProto' as const, key: 'location', value: location };
  const weights = Object.assign(listed('w', [4], []), { dataLocation: 1, externalData: [entry] });
  const path = join(folder, 'model.onnx');
  writeFileSync(
    path,
    file({ nodes: [node('Mul', ['x', 'w'], ['y'])], inputs: [info('x', ['N', 4])], initializers: [weights] }),
  );
  return path;
}

describe('weights in another file', () => {
  it('are read from the folder of the model', async () => {
    const { graph: read } = await readModel(modelWith('weights.bin'));
    expect(Object.keys(read.outputs)).toEqual(['y']);
  });

  it.each([
    ['a link out of the folder', 'link.bin', /link that leads out of the model's folder/],
    ['a way up', '../secret.bin', /not a file in the model's folder/],
    ['an absolute path', '/etc/hostname', /not a file in the model's folder/],
    ['a file that is not there', 'none.bin', /can't be read from the same folder/],
  ])('are not read from %s', async (_, location, message) => {
    await expect(readModel(modelWith(location))).rejects.toThrow(message);
  });
});
