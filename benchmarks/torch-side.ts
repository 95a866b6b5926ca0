/** PyTorch and Zennit as a child process. */
import { type PythonSide, startPythonSide } from './python-side';

/**
 * @param inputs a file of raw float32 images
 * @throws Error where there is no Python, or it lacks a package
 */
export function startTorchSide(model: string, inputs: string, threads: number): Promise<PythonSide> {
  return startPythonSide('torch_side.py', [model, inputs, '--threads', String(threads)]);
}
