/** The table of layers. A new one is an entry in its family's file. */
import * as activation from './activation';
import * as convolution from './convolution';
import type { Layer } from './layer';
import * as merge from './merge';
import * as normalization from './normalization';
import * as pooling from './pooling';
import * as shape from './shape';

const { activated: _, ...activations } = activation;
const { Identity, ...shapes } = shape;

export const layers: Readonly<Record<string, Layer>> = {
  ...activations,
  ...convolution,
  ...merge,
  ...normalization,
  ...pooling,
  ...shapes,
  // What trains a model and does nothing to what it says.
  ActivityRegularization: Identity,
  AlphaDropout: Identity,
  Dropout: Identity,
  GaussianDropout: Identity,
  GaussianNoise: Identity,
  Identity,
  RandomBrightness: Identity,
  RandomContrast: Identity,
  RandomFlip: Identity,
  RandomRotation: Identity,
  RandomTranslation: Identity,
  RandomZoom: Identity,
  SpatialDropout1D: Identity,
  SpatialDropout2D: Identity,
  SpatialDropout3D: Identity,
};
