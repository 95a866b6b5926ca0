/** What a person meets who explains images: batches, several methods at once, captures, preprocessing, objectives. */
import { evaluate, referenceBackend } from '@regional-saliency/conformance';
import {
  type CompileOptions,
  compile,
  createExplainer,
  type ExplainerOptions,
  type Objective,
  type Tensor,
} from '@regional-saliency/core';
import { describe, expect, it, vi } from 'vitest';
import { gradCam, gradient, guidedBackprop, lrpEpsilonPlus } from '../src/index';
import {
  at,
  EXACT,
  expectClose,
  float32,
  float64,
  type Golden,
  golden,
  model,
  type Packed,
} from './fixtures';

const backend = referenceBackend();
const image = rows(float32(golden<Golden>('plain').input), [0]);

/** Five images from the two of the golden file. */
const five = rows(float32(golden<Golden>('plain').input), [0, 1, 1, 0, 1]);

function rows({ data, shape, dtype }: Tensor, indices: readonly number[]): Tensor {
  const size = data.length / shape[0]!;
  const parts = indices.map((index) =>
    Array.from(data as Float32Array).slice(index * size, (index + 1) * size),
  );
  const array = dtype === 'float64' ? Float64Array : Float32Array;
  return { data: array.from(parts.flat()), shape: [indices.length, ...shape.slice(1)], dtype };
}

const explainerOf = (file: string, options: Omit<ExplainerOptions, 'backend'>) =>
  createExplainer(model(file), { backend, ...options });

const all = [gradient(), guidedBackprop(), gradCam(), lrpEpsilonPlus()];

describe('batches', () => {
  it.each(all)('$id of an image does not depend on what is in the batch beside it', async (method) => {
    const explainer = await explainerOf('plain', { method });
    const whole = (await explainer.explain(five)).relevance;
    for (const index of [0, 1, 2, 3, 4]) {
      const alone = (await explainer.explain(rows(five, [index]))).relevance;
      expect(alone).toEqual(rows(whole, [index]));
    }
  });

  it.each([1, 2, 3, 4, 5, 6])('slices of %i give what one run of all gives', async (batch) => {
    const options = { method: all, capture: ['3'] };
    const whole = await (await explainerOf('plain', options)).explain(five);
    const sliced = await (await explainerOf('plain', { ...options, batch })).explain(five);
    expect(sliced).toEqual(whole);
  });

  it.each(['plain-batch2', 'plain-dynamo-batch2'])(
    '%s, whose batch is fixed at 2, explains 5 images and says that its batch is fixed',
    async (file) => {
      const options = { method: all, target: 'input', capture: ['3'] } as const;
      const open = await (await explainerOf('plain', options)).explain(five, { target: [0, 1, 2, 1, 0] });
      const explainer = await explainerOf(file, options);
      const fixed = await explainer.explain(five, { target: [0, 1, 2, 1, 0] });
      expect(fixed).toEqual(open);
      expect(explainer.program.notes).toEqual([expect.stringMatching(/fixed batch of 2/)]);
    },
  );
});

describe('several methods in one program', () => {
  it('gives for each what it gives alone, and the forward pass is there once', async () => {
    const joint = await explainerOf('residual-folded', { method: all, target: 2 });
    const together = await joint.explain(five);
    expect(Object.keys(together.relevances)).toEqual(all.map(({ id }) => id));
    for (const method of all) {
      const alone = await (await explainerOf('residual-folded', { method, target: 2 })).explain(five);
      expect(together.relevances[method.id]).toEqual(alone.relevance);
    }
    expect(together.relevance).toEqual(together.relevances.gradient);
  });

  it('tells two of one kind apart', async () => {
    const method = [gradCam({ layer: '1' }), gradCam({ layer: '3' })];
    const { relevances } = await (await explainerOf('plain', { method })).explain(image);
    expect(Object.keys(relevances)).toEqual(['grad-cam', 'grad-cam-2']);
    const second = await (await explainerOf('plain', { method: method[1]! })).explain(image);
    expect(relevances['grad-cam-2']).toEqual(second.relevance);
  });
});

describe('targets', () => {
  it('predicted, fixed and given explain the same score where they name the same class', async () => {
    const predicted = await (await explainerOf('plain', { method: lrpEpsilonPlus() })).explain(image);
    const target = predicted.target[0]!;
    const fixed = await (await explainerOf('plain', { method: lrpEpsilonPlus(), target })).explain(image);
    const input = await explainerOf('plain', { method: lrpEpsilonPlus(), target: 'input' });
    const given = await input.explain(image, { target });
    for (const { relevance, target } of [fixed, given]) {
      expectClose(relevance, predicted.relevance, 0);
      expect(target).toEqual(predicted.target);
    }
  });

  it.each(all)(
    '$id: in a program that is run by itself, an index out of range is NaN for its image only',
    (method) => {
      const { graph, outputs } = compile(model('plain'), { method, target: 'input', capture: ['3'] });
      const target = { data: BigInt64Array.of(3n, 1n, -1n, 0n, 2n), shape: [5], dtype: 'int64' as const };
      const results = evaluate(graph, { input: five, target });
      const valid = { ...target, data: BigInt64Array.of(0n, 1n, 2n, 0n, 2n) };
      const right = evaluate(graph, { input: five, target: valid });
      for (const name of ['relevance', outputs.captures['3']!.relevance]) {
        for (const row of [1, 3, 4]) expect(rows(results[name]!, [row])).toEqual(rows(right[name]!, [row]));
        for (const row of [0, 2]) {
          expect(Array.from(rows(results[name]!, [row]).data as Float64Array).every(Number.isNaN)).toBe(true);
        }
      }
      expect(results.logits).toEqual(right.logits);
    },
  );

  it('an explainer refuses an index out of range, too few of them, none, and one too many', async () => {
    const explainer = await explainerOf('plain', { method: gradient(), target: 'input' });
    const refusal = (target: number | number[] | undefined, message: RegExp) =>
      expect(explainer.explain(five, { target })).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringMatching(message),
      });
    await refusal(3, /target 3 is out of range: the model has 3 outputs, 0 to 2/);
    await refusal([0, 1, 2, 1, -1], /target -1 is out of range/);
    await refusal(0.5, /target 0.5 is out of range/);
    await refusal([0, 1], /2 targets were given for 5 images/);
    await refusal(undefined, /needs a target for each image/);
    const settled = await explainerOf('plain', { method: gradient(), target: 1 });
    await expect(settled.explain(five, { target: 1 })).rejects.toThrow(/target is settled/);
    await expect(explainerOf('plain', { method: gradient(), target: 3 })).rejects.toThrow(/out of range/);
  });
});

describe('captures and hooks', () => {
  it('the relevance of a layer is its gradient, its activation what the layer gives', async () => {
    const explainer = await explainerOf('residual', { method: gradient(), capture: ['layer1'], target: 0 });
    const { captures, relevance } = await explainer.explain(five);
    const { activation, relevance: atLayer } = captures.layer1!;
    expect(activation.shape).toEqual([5, 4, 6, 6]);
    expect(atLayer.shape).toEqual(activation.shape);
    const plain = await (await explainerOf('residual', { method: gradient(), target: 0 })).explain(five);
    expect(relevance).toEqual(plain.relevance);
    // Grad-CAM made by hand from the two is Grad-CAM.
    const cam = await (
      await explainerOf('residual', {
        method: gradCam({ layer: 'layer1', relu: false, upsample: 'none' }),
        target: 0,
      })
    ).explain(five);
    const byHand = Float64Array.from({ length: 5 * 36 }, (_, place) => {
      const [row, pixel] = [Math.floor(place / 36), place % 36];
      let sum = 0;
      for (let channel = 0; channel < 4; channel++) {
        const first = (row * 4 + channel) * 36;
        const gradients = Array.from(atLayer.data as Float64Array).slice(first, first + 36);
        sum += (gradients.reduce((a, b) => a + b) / 36) * Number(activation.data[first + pixel]);
      }
      return sum;
    });
    expectClose(cam.relevance, { data: byHand, shape: [5, 1, 6, 6], dtype: 'float64' }, EXACT);
  });

  it('the relevance that LRP sends through a layer sums to what reaches the image, where no bias is between', async () => {
    const explainer = await explainerOf('plain', {
      method: lrpEpsilonPlus(),
      capture: ['0', '1'],
      target: 0,
    });
    const { captures } = await explainer.explain(five);
    expect(captures['1']!.relevance).toEqual(captures['0']!.relevance);
  });

  it('a pattern captures every layer that it matches', async () => {
    const explainer = await explainerOf('residual-folded', { method: gradient(), capture: ['layer*'] });
    const { captures } = await explainer.explain(image);
    expect(Object.keys(captures)).toEqual(['layer1', 'layer2']);
    const deep = await explainerOf('residual-folded', { method: gradient(), capture: ['layer2.0.conv*'] });
    expect(Object.keys((await deep.explain(image)).captures)).toEqual(['layer2.0.conv1', 'layer2.0.conv2']);
  });

  it('hooks are called once for each layer, with what the result holds', async () => {
    const hook = vi.fn();
    const method = [lrpEpsilonPlus(), gradient()];
    const explainer = await explainerOf('residual', { method, hooks: { 'layer*': hook }, batch: 2 });
    const { captures } = await explainer.explain(five);
    expect(hook.mock.calls).toEqual([
      [captures.layer1, 'layer1'],
      [captures.layer2, 'layer2'],
    ]);
    const one = vi.fn();
    await (await explainerOf('residual', { method, hooks: { 'layer1.0.bn1': one } })).explain(image);
    expect(one).toHaveBeenCalledOnce();
    expect(one.mock.calls[0]![1]).toBe('layer1.0.bn1');
  });

  it('a layer before which the relevance stops is an error, not zeros', async () => {
    const method = gradCam({ layer: 'layer1' });
    const { captures } = await (await explainerOf('residual', { method, capture: ['conv1'] })).explain(image);
    expect(captures.conv1!.relevance.data.some((value) => value !== 0)).toBe(true);
    await expect(explainerOf('residual', { method, capture: ['no such layer'] })).rejects.toMatchObject({
      code: 'unknown-name',
    });
  });
});

describe('images', () => {
  const method = gradient();

  it('NaN is an error that names the image', async () => {
    const broken = { ...five, data: Float32Array.from(five.data as Float32Array) };
    broken.data[3 * 288 + 17] = Number.NaN;
    const explainer = await explainerOf('plain', { method });
    await expect(explainer.explain(broken)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/image 3 holds NaN/),
    });
    broken.data[3 * 288 + 17] = Number.NEGATIVE_INFINITY;
    await expect(explainer.explain(broken)).rejects.toThrow(/image 3 holds -Infinity/);
  });

  it('a wrong shape, type or number of images is an error that says what is expected', async () => {
    const explainer = await explainerOf('plain', { method });
    const refusal = (images: Tensor, message: RegExp) =>
      expect(explainer.explain(images)).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringMatching(message),
      });
    await refusal({ ...image, shape: [1, 12, 12, 2] }, /\[N, 2, 12, 12\], but these are \[1, 12, 12, 2\]/);
    await refusal({ ...image, shape: [2, 12, 12] }, /but these are \[2, 12, 12\]/);
    await refusal({ data: new Uint8Array(288), shape: [1, 2, 12, 12], dtype: 'uint8' }, /are uint8/);
    await refusal({ data: new Float32Array(0), shape: [0, 2, 12, 12], dtype: 'float32' }, /no images/);
  });
});

describe('preprocessing in the program', () => {
  const preprocessing = { scale: 1 / 256, mean: [0.5, 0.25], std: [0.5, 0.25] };

  it.each(all)('$id of raw values is that of the normalised ones', async (method) => {
    const raw: Tensor = {
      ...five,
      data: Float32Array.from(five.data as Float32Array, (value) =>
        Math.round(Math.min(Math.max(128 + 40 * value, 0), 255)),
      ),
    };
    // Every step is exact in float32: the scale and 1/std are powers of two.
    const normalised: Tensor = {
      ...raw,
      data: Float32Array.from(raw.data as Float32Array, (value, place) => {
        const channel = Math.floor(place / 144) % 2;
        return (value / 256 - preprocessing.mean[channel]!) / preprocessing.std[channel]!;
      }),
    };
    const expected = await (await explainerOf('residual', { method })).explain(normalised);
    const explainer = await explainerOf('residual', { method, preprocessing });
    const explanation = await explainer.explain(raw);
    expect(explanation.output).toEqual(expected.output);
    expect(explanation.relevance).toEqual(expected.relevance);
    expect(explainer.program.graph.metadata['regional-saliency.preprocessing']).toBe(
      JSON.stringify(preprocessing),
    );
  });

  it('refuses a mean for another number of channels, and a deviation that is not above 0', () => {
    const refused = (preprocessing: CompileOptions['preprocessing'], message: RegExp) =>
      expect(() => compile(model('plain'), { method: gradient(), preprocessing })).toThrow(message);
    refused({ mean: [0, 0, 0], std: [1, 1, 1] }, /one value or 2/);
    refused({ mean: [0, 0], std: [1] }, /mean and std need/);
    refused({ mean: [0, 0], std: [1, 0] }, /every std must be above 0/);
    refused({ mean: [0, Number.NaN], std: [1, 1] }, /every mean must be finite/);
  });
});

describe('objectives', () => {
  const { target, expected } = golden<{ target: number[]; expected: Record<string, Packed> }>('objectives');
  const difference: Objective = (g, { logits }) =>
    g.sub(
      ...([0, 2].map((index) => g.op('Gather', [logits, g.scalar(index, 'int64')], { axis: 1 })) as [
        never,
        never,
      ]),
    );
  const logSoftmax: Objective = (g, { logits }, index) => {
    const classes = g.constant([0, 1, 2], [1, 3], 'int64');
    const hit = g.cast(g.op('Equal', [classes, index]), 'float32');
    return g.reduceSum(g.mul(g.op('LogSoftmax', [logits], { axis: 1 }), hit), [1], false);
  };
  const images = float32(golden<Golden>('plain').input);

  it('the difference of two logits: gradient and LRP as autograd and Zennit have them', async () => {
    const maps = await (
      await explainerOf('plain', { method: [gradient(), lrpEpsilonPlus()], objective: difference })
    ).explain(images);
    expectClose(maps.relevances.gradient!, float64(expected['logit 0 - logit 2']!), EXACT);
    const lrp = float64(expected['lrp-epsilon-plus of logit 0 - logit 2']!);
    expectClose(maps.relevances['lrp-epsilon-plus']!, lrp, EXACT);
  });

  it('the log-softmax of each image’s target', async () => {
    const explainer = await explainerOf('plain', {
      method: gradient(),
      objective: logSoftmax,
      target: 'input',
    });
    const { relevance } = await explainer.explain(images, { target });
    expectClose(relevance, float64(expected['log-softmax of the target']!), EXACT);
  });

  it('one score as an objective is that score as a target', async () => {
    const second: Objective = (g, { logits }) => g.op('Gather', [logits, g.scalar(1, 'int64')], { axis: 1 });
    const { relevance } = await (
      await explainerOf('plain', { method: lrpEpsilonPlus(), objective: second })
    ).explain(images);
    expectClose(relevance, at(golden<Golden>('plain').expected['lrp-epsilon-plus']!, 1), EXACT);
  });

  it('an objective that reads no output, or gives more than a number an image, is an error', () => {
    const refused = (objective: Objective, message: RegExp) =>
      expect(() => compile(model('plain'), { method: gradient(), objective })).toThrow(message);
    refused((g) => g.constant([1], [1]), /does not depend on any output/);
    refused((_g, { logits }) => logits!, /one number an image, of shape \[N\]/);
  });
});
