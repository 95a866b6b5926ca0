/** Models of a few weights: one convolution as a tfjs model.json, and as the detector that an ONNX file holds. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { file, info, listed, node } from '../../onnx/test/files';

export const weight = { name: 'w', shape: [1, 1, 3, 2], dtype: 'float32' };

/** A GraphModel of one convolution; its weights in two shards. */
export function graphModel(size = '8') {
  const dim = ['-1', size, size, '3'].map((each) => ({ size: each }));
  const sliding = { list: { i: ['1', '1', '1', '1'] } };
  return {
    modelTopology: {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } },
        { name: 'w', op: 'Const', attr: {} },
        {
          name: 'y',
          op: 'Conv2D',
          input: ['x', 'w'],
          attr: { strides: sliding, dilations: sliding, padding: { s: btoa('SAME') } },
        },
      ],
    },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [weight] }],
  };
}

/** A LayersModel of the same, and layers after it. */
export function layersModel(more: readonly object[] = []) {
  const config = {
    name: 'conv',
    filters: 2,
    kernel_size: [1, 1],
    use_bias: false,
    batch_input_shape: [null, 8, 8, 3],
  };
  return {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Sequential',
        config: { name: 'model', layers: [{ class_name: 'Conv2D', config }, ...more] },
      },
    },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights: [{ ...weight, name: 'conv/kernel' }] }],
  };
}

/** Writes a model.json and its shards. @param elements the weights, [1, 1, 3, 2] @returns its path */
export function writeModel(folder: string, json: unknown, elements = [1, 2, 3, 4, 5, 6]): string {
  const bytes = new Uint8Array(Float32Array.from(elements).buffer);
  writeFileSync(join(folder, 'a.bin'), bytes.subarray(0, 10));
  writeFileSync(join(folder, 'b.bin'), bytes.subarray(10));
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify(json));
  return path;
}

/**
 * A detector with a box at each of 8 × 8 places: tensor 227 is boxes [N, 64, 4], tensor 237 scores [N, 2, 64], and
 * non-maximum suppression chooses among them. Class 0 weighs channels by 1, 2, 4, class 1 by -1, 2, -5.
 */
export function writeDetector(folder: string): string {
  const weights = [...[1, 2, 4], ...[-1, 2, -5], ...[1, 0, 0], ...[0, 1, 0], ...[0, 0, 1], ...[1, 1, 1]];
  const path = join(folder, 'detector.onnx');
  const bytes = file({
    nodes: [
      node('Conv', ['image', 'w'], ['heads'], {}, { name: 'head' }),
      node('Reshape', ['heads', 'rows'], ['flat']),
      node('Split', ['flat', 'parts'], ['237', 'corners'], { axis: 1 }),
      node('Transpose', ['corners'], ['227'], { perm: [0, 2, 1] }),
      node('NonMaxSuppression', ['227', '237'], ['kept'], {}, { name: 'choose' }),
    ],
    inputs: [info('image', ['N', 3, 8, 8])],
    outputs: ['kept'],
    initializers: [
      listed('w', [6, 3, 1, 1], weights),
      listed('rows', [3], [0, 6, 64], 'int64'),
      listed('parts', [2], [2, 4], 'int64'),
    ],
  });
  writeFileSync(path, bytes);
  return path;
}
