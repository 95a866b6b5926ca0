/** Layers by every form of name, in files of both exporters; and names that match nothing. */
import { referenceBackend } from '@regional-saliency/conformance';
import { createExplainer } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { gradCam, guidedBackprop, lrpEpsilonPlus } from '../src/index';
import { expectClose, float32, type Golden, golden, model } from './fixtures';

const backend = referenceBackend();

async function camOf(file: string, net: string, layer: string) {
  const explainer = await createExplainer(model(file), { backend, method: gradCam({ layer }), target: 1 });
  return (await explainer.explain(float32(golden<Golden>(net).input))).relevance;
}

const forms: Readonly<Record<string, { net: string; layers: readonly (readonly string[])[] }>> = {
  residual: {
    net: 'residual',
    layers: [
      [
        'layer2',
        'layer2.0',
        '/layer2/layer2.0/relu_1/Relu',
        '/layer2',
        '/layer2/layer2.0/relu_1/Relu_output_0',
        // The module is called twice; its name means the last call.
        'layer2.0.relu',
        'layer2.0.relu_1',
      ],
      ['layer1.0.bn1', '/layer1/layer1.0/bn1/BatchNormalization'],
      ['layer2.0.downsample', 'layer2.0.downsample.1'],
    ],
  },
  'residual-folded': {
    net: 'residual',
    layers: [
      ['layer2', 'layer2.0', '/layer2/layer2.0/relu_1/Relu', '/layer2/layer2.0/relu_1/Relu_output_0'],
      ['layer2.0.downsample', 'layer2.0.downsample.0', '/layer2/layer2.0/downsample/downsample.0/Conv'],
    ],
  },
  'residual-dynamo': {
    net: 'residual',
    layers: [
      ['layer2', 'layer2.0', 'layer2.0.relu', 'node_relu_4', 'relu_4'],
      // The exporter folded the norm, so the convolution's name and the norm's are one value.
      ['layer1.0.conv1', 'layer1.0.bn1', 'node_Conv_98', 'getitem_3'],
    ],
  },
  plain: { net: 'plain', layers: [['3', '/3/Conv', '/3/Conv_output_0']] },
  'plain-dynamo': { net: 'plain', layers: [['3', 'node_conv2d_1', 'conv2d_1']] },
  mobile: { net: 'mobile', layers: [['block', '/block/Add']] },
  'mobile-dynamo': { net: 'mobile', layers: [['block', 'node_add', 'add']] },
  dense: { net: 'dense', layers: [['layer1', '/layer1/Concat', '/layer1/Concat_output_0']] },
};

describe('a layer has the same Grad-CAM by its scope, its node and its tensor', () => {
  const groups = Object.entries(forms).flatMap(([file, { net, layers }]) =>
    layers.map((names) => ({ file, net, names, first: names[0] })),
  );
  it.each(groups)('$file: $first', async ({ file, net, names }) => {
    const [first, ...others] = await Promise.all(names.map((name) => camOf(file, net, name)));
    expect(first!.data.some((value) => value > 0)).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(['layer1', 'layer2', 'layer1.0.conv2', 'layer1.0.relu', 'layer2.0.downsample', 'maxpool'])(
    '%s of one network is the same layer in files of both exporters',
    async (layer) => {
      const folded = await camOf('residual-folded', 'residual', layer);
      // 1e-6: each exporter rounds the folded weights in its own way.
      expectClose(await camOf('residual-dynamo', 'residual', layer), folded, 1e-6);
    },
  );

  it('a convolution before a batch norm that the file keeps is the value before the norm', async () => {
    const before = await camOf('residual', 'residual', 'conv1');
    const after = await camOf('residual', 'residual', 'bn1');
    expect(before).not.toEqual(after);
  });
});

describe('names that can not be used', () => {
  const method = (layer: string) => ({ backend, method: gradCam({ layer }) });

  it('a name that matches nothing is an error that lists the nearest', async () => {
    const unknown = createExplainer(model('residual'), method('layer3'));
    await expect(unknown).rejects.toMatchObject({
      code: 'unknown-name',
      message: expect.stringMatching(/no layer is called "layer3"; the nearest are "layer1", "layer2"/),
    });
  });

  it('a weight is no layer', async () => {
    const weight = createExplainer(model('residual'), method('conv1.weight'));
    await expect(weight).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/"conv1.weight" is a constant of the model/),
    });
  });

  it('grad-cam refuses a layer without places, and says its shape', async () => {
    const flat = createExplainer(model('residual'), method('fc'));
    await expect(flat).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/"fc" is \[N, 3\]/),
    });
  });

  it('LRP beside a Grad-CAM of a layer that LRP needs folded is refused', async () => {
    const both = [lrpEpsilonPlus(), gradCam({ layer: 'layer1.0.conv1' })];
    await expect(createExplainer(model('residual'), { backend, method: both })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/layer1\.0\.conv1/),
    });
  });

  it('guided-backprop refuses a model without Relu', async () => {
    const { Builder, N } = await import('@regional-saliency/core');
    const g = new Builder();
    const x = g.input('x', [N, 1, 3, 3]);
    const y = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Sigmoid', [x])])]);
    const smooth = g.finish({ inputs: [x], outputs: { y } });
    await expect(createExplainer(smooth, { backend, method: guidedBackprop() })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/has no Relu/),
    });
  });
});
