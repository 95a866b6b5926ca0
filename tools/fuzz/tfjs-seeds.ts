/** tfjs models that are damaged: GraphModels and LayersModels in the manner of published ones, with their weights. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import * as nets from '../../packages/tfjs/test/read/graph-nets';
import type { TfjsFile } from './json';
import type { Seed } from './seeds';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const seedOf = (name: string, file: TfjsFile): Seed => ({
  name: `tfjs/${name}`,
  bytes: new TextEncoder().encode(JSON.stringify(file)),
});

export async function tfjsSeeds(): Promise<Seed[]> {
  await tf.setBackend('cpu');
  const { mobileNet, resNet, inception, detector, deepLab } = nets;
  const graphs = Object.entries({ mobileNet, resNet, inception, detector, deepLab }).map(([name, make]) => {
    const { w, outputs } = make();
    return seedOf(`graph-${name}`, { json: w.json(outputs), weights: base64(w.shard()) });
  });
  const layers = await Promise.all(
    Object.entries({ sequential, nested }).map(async ([name, make]) => {
      const file = await saved(make());
      return seedOf(`layers-${name}`, file);
    }),
  );
  return [...graphs, ...layers];
}

async function saved(model: tfl.LayersModel): Promise<TfjsFile> {
  let file: TfjsFile | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      file = {
        json: {
          format: 'layers-model',
          modelTopology,
          weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: weightSpecs }],
        },
        weights: base64(new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  model.dispose();
  return file!;
}

function sequential(): tfl.LayersModel {
  const { layers } = tfl;
  return tfl.sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', inputShape: [16, 12, 3] }),
      layers.batchNormalization({}),
      layers.reLU({ maxValue: 6 }),
      layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2 }),
      layers.leakyReLU({}),
      layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 2 }),
      layers.zeroPadding2d({ padding: [1, 2] }),
      layers.cropping2D({ cropping: [1, 1] }),
      layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
      layers.maxPooling2d({ poolSize: 2, strides: 2 }),
      layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
      layers.layerNormalization({}),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.permute({ dims: [3, 1, 2] }),
      layers.flatten({}),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 6, activation: 'tanh' }),
      layers.reshape({ targetShape: [2, 3] }),
      layers.globalAveragePooling1d({}),
      layers.softmax({}),
    ],
  });
}

/** Shared layers, a model in a model, several inputs and outputs. */
function nested(): tfl.LayersModel {
  const { layers } = tfl;
  const inside = tfl.input({ shape: [9, 9, 4] });
  const inner = tfl.model({
    inputs: inside,
    outputs: layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }).apply(inside) as tfl.SymbolicTensor,
  });
  const shared = layers.conv2d({ filters: 4, kernelSize: 1, activation: 'relu' });
  const [left, right] = [tfl.input({ shape: [9, 9, 3] }), tfl.input({ shape: [9, 9, 3] })];
  const both = [left, right].map((x) => inner.apply(shared.apply(x)) as tfl.SymbolicTensor);
  const joined = layers
    .concatenate()
    .apply([layers.add().apply(both), layers.multiply().apply(both)] as never);
  const pooled = layers.globalMaxPooling2d({}).apply(joined as tfl.SymbolicTensor) as tfl.SymbolicTensor;
  return tfl.model({
    inputs: [left, right],
    outputs: [layers.dense({ units: 2 }).apply(pooled) as tfl.SymbolicTensor, both[0]!],
  });
}
