/**
 * Builds the kernels of this folder: `npx tsx assembly/build.ts` writes them to `src/generated/simd.ts`, as text that a
 * module can carry. `test/simd.test.ts` fails while that file is older than they are.
 *
 * The compiler is AssemblyScript: its language is TypeScript's, and it knows vectors of four floats as values.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const COMMON = ['-O3', '--noAssert', '--importMemory', '--runtime', 'stub', '--enable', 'simd'];

/** With products and sums that round once, for engines that know relaxed vector instructions. */
const FUSED = ['--use', 'RELAXED=1', '--enable', 'relaxed-simd'];

async function compiled(flags: readonly string[]): Promise<string> {
  const written = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    ['index.ts', '--baseDir', FOLDER, '--outFile', 'simd.wasm', ...COMMON, ...flags],
    { writeFile: (name, contents) => void written.set(name, contents as Uint8Array) },
  );
  if (error) throw new Error(`the kernels do not compile: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(written.get('simd.wasm')!).toString('base64');
}

/** The text of `src/generated/simd.ts`. */
export async function generated(): Promise<string> {
  const lines = [
    "/** Made by `assembly/build.ts` from that folder; don't edit. WebAssembly modules in base64. */",
    `export const plain = '${await compiled([])}';`,
    `export const fused = '${await compiled(FUSED)}';`,
  ];
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${FOLDER}../src/generated/simd.ts`, await generated());
}
