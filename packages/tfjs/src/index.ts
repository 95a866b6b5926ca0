export { type TfjsOptions, tfjsBackend } from './backend';
export {
  type LayersModelFiles,
  type ReadLayersOptions,
  readLayersModel,
} from './read/layers-model';
export type { LiveLayersModel } from './read/layers-weights';
