export { type TfjsOptions, tfjsBackend } from './backend';
