export {
  type ExecutionProvider,
  type Onnxruntime,
  type OnnxruntimeOptions,
  onnxruntimeBackend,
} from './backend';
