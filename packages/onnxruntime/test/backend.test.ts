import { Builder, type Graph, N, SaliencyError, tensor } from '@regional-saliency/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { type Onnxruntime, onnxruntimeBackend } from '../src/index';

const cpu = { executionProviders: ['cpu'], threads: 1 };

function program(): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2]);
  const shift = g.input('shift', [N, 1], 'int64');
  return g.finish({ inputs: [x, shift], outputs: { y: g.add(x, g.cast(shift, 'float32')), same: x } });
}

const feeds = (batch: number) => ({
  x: tensor(new Float32Array(2 * batch).fill(1.5), [batch, 2]),
  shift: tensor(new BigInt64Array(batch).fill(2n), [batch, 1]),
});

async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await work.then(
    () => expect.unreachable('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SaliencyError);
  return error as SaliencyError;
}

describe('a session', () => {
  it('runs one program with any batch', async () => {
    const session = await onnxruntimeBackend(ort, cpu).load(program());
    for (const batch of [1, 4, 2]) {
      const { y } = await session.run(feeds(batch));
      expect(y).toEqual(tensor(new Float32Array(2 * batch).fill(3.5), [batch, 2]));
    }
    await session.dispose();
  });

  it('gives results that stay when it runs again, when its input changes and when it is gone', async () => {
    const session = await onnxruntimeBackend(ort, cpu).load(program());
    const given = feeds(1);
    const { y, same } = await session.run(given);
    (given.x.data as Float32Array).fill(9);
    await session.run(given);
    await session.dispose();
    expect([...y!.data]).toEqual([3.5, 3.5]);
    expect([...same!.data]).toEqual([1.5, 1.5]);
  });

  it('runs several at a time', async () => {
    const session = await onnxruntimeBackend(ort, cpu).load(program());
    const all = await Promise.all([1, 2, 3, 4].map((batch) => session.run(feeds(batch))));
    expect(all.map(({ y }) => y!.shape[0])).toEqual([1, 2, 3, 4]);
    await session.dispose();
  });

  it('may be disposed twice, and then runs no more', async () => {
    const session = await onnxruntimeBackend(ort, cpu).load(program());
    await session.dispose();
    await session.dispose();
    expect(await refusal(session.run(feeds(1)))).toMatchObject({
      code: 'backend',
      message: 'this session was disposed: load the program again',
    });
  });

  it.each([
    ['without an input', { x: feeds(1).x }, 'the program\'s input "shift" was not given'],
    ['with another type', { ...feeds(1), shift: feeds(1).x }, 'the input "shift" must be int64, not float32'],
    [
      'with another shape',
      { ...feeds(1), x: tensor([1, 2, 3], [1, 3]) },
      'the input "x" must have the shape [N, 2], not [1, 3]',
    ],
    [
      'with two batches',
      { ...feeds(2), shift: feeds(3).shift },
      'the input "shift" must have the shape [N, 1], not [3, 1] (the batch N is 2)',
    ],
  ])('says what is wrong when it is run %s', async (_, wrong, message) => {
    const session = await onnxruntimeBackend(ort, cpu).load(program());
    expect((await refusal(session.run(wrong))).message).toBe(message);
    await session.dispose();
  });
});

describe('a backend', () => {
  it('is named after its providers', () => {
    expect(onnxruntimeBackend(ort, { executionProviders: ['cuda', { name: 'cpu' }] }).name).toBe(
      'onnxruntime (cuda, cpu)',
    );
    expect(onnxruntimeBackend(ort).name).toBe('onnxruntime (default)');
  });

  it('whose provider is not there says so', async () => {
    const backend = onnxruntimeBackend(ort, { executionProviders: ['nonesuch'] });
    expect(await refusal(backend.load(program()))).toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/^onnxruntime \(nonesuch\) can't load the program: .*nonesuch/),
    });
  });

  it.each([
    [['webgpu'], undefined, true],
    [[{ name: 'webgpu' }, 'cpu'], undefined, true],
    [['cpu'], undefined, false],
    [undefined, undefined, false],
    [['webgpu'], false, false],
    [['cpu'], true, true],
  ] as const)(
    'on %j with portable %s writes portable forms: %s',
    async (executionProviders, portable, expected) => {
      const g = new Builder();
      const x = g.input('x', [N, 1, 4, 4]);
      const y = g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      const r = g.op('MaxPoolGrad', [x, y], y.node!.attributes);
      let model: Uint8Array | undefined;
      const watched: Onnxruntime = {
        Tensor: ort.Tensor,
        InferenceSession: {
          create: async (bytes) => {
            model = bytes;
            throw new Error('seen');
          },
        },
      };
      const backend = onnxruntimeBackend(watched, {
        ...(executionProviders && { executionProviders }),
        portable,
      });
      await refusal(backend.load(g.finish({ inputs: [x], outputs: { r } })));
      expect(Buffer.from(model!).includes('ScatterElements')).toBe(!expected);
    },
  );
});
