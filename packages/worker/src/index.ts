export {
  createWorkerExplainer,
  type WorkerExplainer,
  type WorkerExplainerOptions,
  type WorkerExplainOptions,
} from './explainer';
export type { Named, Speaker } from './messages';
export { type Listener, type Served, serve } from './serve';
