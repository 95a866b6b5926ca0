/** Programs as `saliency compile` writes them, run by Python's onnxruntime in batches of 1 and 5. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compile, type Graph, isProcedure } from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { writeOnnx } from '@regional-saliency/onnx';
import { peersPython } from '../reference/python';
import { floats } from './ours';
import type { Cell, Network } from './peers';

const script = fileURLToPath(new URL('./truths/compiled.py', import.meta.url));

export interface CompiledMaps {
  readonly batch1: Float32Array;
  readonly batch5: Float32Array;
}

export interface PythonRunner {
  /** @returns undefined for a procedure, which is no program */
  run(model: Graph, cell: Cell, network: Network): Promise<CompiledMaps | undefined>;
  close(): void;
}

/** @param folder for the files, which are removed as soon as they were read */
export function pythonRunner(folder: string): PythonRunner {
  mkdirSync(folder, { recursive: true });
  const child = spawn(peersPython(), ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (model, cell, network) => {
      const made = method(cell.method, cell.options);
      if (isProcedure(made)) return undefined;
      const [program, out] = [`${folder}explained.onnx`, `${folder}maps`];
      writeFileSync(program, writeOnnx(compile(model, { method: made, target: 'input' }).graph));
      const { pixels, shape, targets } = network;
      child.stdin.write(`${JSON.stringify({ program, pixels, shape, targets, draws: cell.draws, out })}\n`);
      const answer = JSON.parse((await answers.next()).value);
      if (answer.error) throw new Error(answer.error);
      return { batch1: floats(`${out}.1.f32`), batch5: floats(`${out}.5.f32`) };
    },
    close: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
