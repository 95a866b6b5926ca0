/** Programs in float64: as files, by the peers' Python (truths/exact.py). */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Backend, Tensor } from '@regional-saliency/core';
import { writeOnnx } from '@regional-saliency/onnx';
import { peersPython } from '../reference/python';
import { doubles } from './ours';

const script = fileURLToPath(new URL('./truths/exact.py', import.meta.url));

/** A backend whose floats are doubles, to be closed. @param folder for files, removed at the end */
export function exactBackend(folder: string): Backend & { close(): void } {
  mkdirSync(folder, { recursive: true });
  const child = spawn(peersPython(), ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const written = (name: string, { data }: Tensor): string => {
    const file = `${folder}${name}`;
    writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return file;
  };
  return {
    name: 'float64',
    load: async (graph) => ({
      run: async (feeds) => {
        const program = `${folder}program.onnx`;
        writeFileSync(program, writeOnnx(graph, { opset: 20 }));
        const fed = Object.entries(feeds).map(([name, tensor], at) => {
          const { shape, dtype } = tensor;
          return [name, { file: written(`fed.${at}`, tensor), shape, dtype }];
        });
        child.stdin.write(`${JSON.stringify({ program, feeds: Object.fromEntries(fed), out: folder })}\n`);
        const { outputs, error } = JSON.parse((await answers.next()).value);
        if (error) throw new Error(error);
        return Object.fromEntries(
          Object.entries(outputs as Record<string, { file: string; shape: number[] }>).map(
            ([name, { file, shape }]): [string, Tensor] => [
              name,
              { data: doubles(file), shape, dtype: 'float64' },
            ],
          ),
        );
      },
      dispose: () => {},
    }),
    close: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
