/** Permutation tests of a study's scores with max-T: ours on a backend or in float64, and SciPy's as a child process. */
import { writeFileSync } from 'node:fs';
import type { Backend } from '@regional-saliency/core';
import { permutationTest } from '@regional-saliency/stats';
import { type Contender, timed } from './measure';
import { type PythonSide, startPythonSide } from './python-side';
import { normals, out } from './resnet18';

/** The size of the seed study: 15 methods × 3 strips. */
const IMAGES = 40;
const COLUMNS = 45;
const PERMUTATIONS = 100_000;

/** What an image's scores have in common, and what group A has more in some of the columns. */
const data = (() => {
  const values = Float64Array.from(normals(11, IMAGES * (COLUMNS + 1)));
  return Float64Array.from({ length: IMAGES * COLUMNS }, (_, at) => {
    const [image, column] = [Math.floor(at / COLUMNS), at % COLUMNS];
    const shared = values[IMAGES * COLUMNS + image]!;
    return values[at]! + shared + (image % 2 === 0 ? 0.025 * column : 0);
  });
})();
const inA = Uint8Array.from({ length: IMAGES }, (_, image) => Number(image % 2 === 0));

export const permutationSize = `${PERMUTATIONS.toLocaleString('en')} permutations of ${IMAGES} images × ${COLUMNS} scores`;
export const permutationImages = IMAGES;

/** @param backend none: float64, on one core */
export function permutations(
  backend: Backend | undefined,
  statistic: 'student' | 'mean-difference',
): Contender {
  const run = () =>
    permutationTest({
      scores: { data, shape: [IMAGES, COLUMNS] },
      design: { kind: 'two-sample', inA },
      statistic,
      permutations: PERMUTATIONS,
      ...(backend && { backend }),
    });
  return {
    name: backend?.name ?? 'float64',
    time: (count, warm) => timed(run, count, warm),
    result: async () => {
      const { p, pMaxT } = await run();
      return Float32Array.from([...p, ...pMaxT]);
    },
  };
}

/** @throws Error where there is no Python, or it lacks SciPy */
export function startSciPySide(threads: number): Promise<PythonSide> {
  const files = [`${out}scores.f64`, `${out}groups.u8`] as const;
  writeFileSync(files[0], new Uint8Array(data.buffer));
  writeFileSync(files[1], inA);
  return startPythonSide('permutation_side.py', [
    ...files,
    String(IMAGES),
    String(PERMUTATIONS),
    '--threads',
    String(threads),
  ]);
}
