/** Pooling in windows and over whole images. Padding never counts. */
import { SaliencyError } from '@regional-saliency/core';
import { flagOf, imageOf, type Layer, sizesOf, wordOf } from './layer';

function pooling(op: 'MaxPool' | 'AveragePool', spatial: number): Layer {
  return (call) => {
    const { config, c, names } = call;
    const { image, back } = imageOf(call, spatial);
    const kernel = sizesOf(config, 'pool_size', spatial, 2);
    const strides = sizesOf(config, 'strides', spatial, kernel);
    if ([...strides, ...kernel].includes(0)) throw new SaliencyError('bad-file', 'a window or stride is 0');
    const padding = wordOf(config, 'padding', 'valid');
    if (padding !== 'valid' && padding !== 'same')
      throw new SaliencyError('bad-file', `"padding" is "${padding}"`);
    const auto = padding === 'same' ? { auto_pad: 'SAME_UPPER' } : {};
    return back(c.g.op(op, [image], { kernel_shape: kernel, strides, ...auto }, names()));
  };
}

export const MaxPooling1D = pooling('MaxPool', 1);
export const MaxPooling2D = pooling('MaxPool', 2);
export const MaxPooling3D = pooling('MaxPool', 3);
export const AveragePooling1D = pooling('AveragePool', 1);
export const AveragePooling2D = pooling('AveragePool', 2);
export const AveragePooling3D = pooling('AveragePool', 3);

function globalPooling(op: 'GlobalMaxPool' | 'GlobalAveragePool', spatial: number): Layer {
  return (call) => {
    const { config, c, names } = call;
    const { image, back } = imageOf(call, spatial);
    if (flagOf(config, 'keepdims', false)) return back(c.g.op(op, [image], {}, names()));
    const pooled = c.g.op(op, [image], {}, names('pool'));
    return c.g.op('Reshape', [pooled], { shape: image.shape.slice(0, 2) }, names());
  };
}

export const GlobalMaxPooling1D = globalPooling('GlobalMaxPool', 1);
export const GlobalMaxPooling2D = globalPooling('GlobalMaxPool', 2);
export const GlobalMaxPooling3D = globalPooling('GlobalMaxPool', 3);
export const GlobalAveragePooling1D = globalPooling('GlobalAveragePool', 1);
export const GlobalAveragePooling2D = globalPooling('GlobalAveragePool', 2);
export const GlobalAveragePooling3D = globalPooling('GlobalAveragePool', 3);
