/**
 * ONNX's own node tests on a backend, for vitest: one model a case, of a single node, with the outputs that ONNX expects.
 *
 * `fixtures/node-tests.json.gz` holds what the `onnx` package of PyPI generates for the operators of our table
 * (tools/reference/node_tests.py writes it). A model goes the way of every model: read from its bytes, then loaded and run.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  arrayOf,
  type Backend,
  type DType,
  type Graph,
  operators,
  SaliencyError,
  type Tensor,
} from '@regional-saliency/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Packed = readonly [dtype: DType, shape: readonly number[], base64: string];

interface NodeTest {
  readonly name: string;
  readonly op: string;
  readonly rtol: number;
  readonly atol: number;
  readonly model: string;
  readonly inputs: Readonly<Record<string, Packed>>;
  readonly outputs: Readonly<Record<string, Packed>>;
}

interface NodeTests {
  /** The version of the `onnx` package. */
  readonly onnx: string;
  /** Cases that the file does not hold, by reason. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly NodeTest[];
}

const file = new URL('../fixtures/node-tests.json.gz', import.meta.url);

function readNodeTests(): NodeTests {
  return JSON.parse(gunzipSync(readFileSync(file)).toString());
}

function unpacked([dtype, shape, base64]: Packed): Tensor {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  return { dtype, shape, data: new arrayOf[dtype](bytes.buffer) };
}

/** The numbers of a tensor; what is computed in a narrower float is fed so. */
function asInput(given: Tensor, dtype: DType): Tensor {
  if (given.dtype === dtype || dtype !== 'float32') return given;
  return { ...given, dtype, data: Float32Array.from(given.data as Float64Array) };
}

/** Cases that fail, and why. One that passes fails the test, since its entry is then out of date. */
export interface Outside {
  /** Matches the names of the cases. */
  readonly cases: RegExp;
  readonly reason: string;
  /** They are answered, and otherwise than ONNX says, for the reason given; others must be refused with a SaliencyError. */
  readonly answered?: boolean;
}

/** What the reader or the builder refuses, whatever the backend. */
const everywhere: readonly Outside[] = [
  { cases: /^not_[234]d$/, reason: 'files of opset 1; 7 is the oldest that is read' },
  {
    cases:
      /empty_set|zero_size_splits|^tri[lu]_zero$|reshape_allowzero_reordered|^castlike_(DOUBLE_to_FLOAT|FLOAT_to_DOUBLE)$/,
    reason: 'an input without elements',
  },
  { cases: /training/, reason: 'layers that train' },
  { cases: /^resize_tf_crop/, reason: 'resizing a cut-out' },
  { cases: /^if$/, reason: 'a branch chosen by data' },
  { cases: /^argmax.*select_last_index$/, reason: 'the last of equal maxima' },
  { cases: /^scatter.*_(mul|multiply|max|min)(_|$)/, reason: 'scattering by product or extremes' },
  { cases: /^gathernd_example_int32_batch_dim1$/, reason: 'gathering apart for each example of a batch' },
  {
    cases: /^attention_.*(past|qk_matmul|nonpad|padded_kv|ext_cache)/,
    reason: 'attention with a cache of keys',
  },
  {
    cases: /^attention_(3d_)?(local|bidirectional)_window/,
    reason: 'attention within a window',
  },
  { cases: /^gridsample_(bicubic|volumetric)/, reason: 'sampling by cubics, or of three axes' },
  { cases: /^maxunpool_export_with_output_shape$/, reason: 'unpooling to a larger shape' },
  { cases: /^maxpool_with_argmax_2d_precomputed_strides$/, reason: 'Indices in column-major order' },
];

export interface NodeTestOptions {
  /** Reads a model: `readOnnx`. */
  readonly read: (model: Uint8Array) => Graph;
  /** What this backend does not do, beside what is refused everywhere. */
  readonly outside?: readonly Outside[];
}

/**
 * Declares one test for every case, and prints the counts.
 *
 * @param makeBackend called once, before the first test
 */
export function describeNodeTests(
  name: string,
  makeBackend: () => Backend | Promise<Backend>,
  { read, outside: own = [] }: NodeTestOptions,
): void {
  const outside = [...everywhere, ...own];
  const { onnx, cases, leftOut } = readNodeTests();
  describe(`${name} passes the node tests of onnx ${onnx}`, () => {
    let backend: Backend;
    let passed = 0;
    const refused = new Map<string, number>();

    beforeAll(async () => {
      backend = await makeBackend();
    });
    afterAll(() => {
      const left = Object.entries(leftOut).map(([reason, names]) => `${names.length} not kept: ${reason}`);
      const failed = [...refused].map(([reason, count]) => `${count} outside: ${reason}`);
      const lines = [
        `${name}: ${passed} of ${cases.length} node tests of onnx ${onnx} passed`,
        ...failed,
        ...left,
      ];
      console.log(lines.join('\n  '));
    });

    for (const one of cases) {
      const entry = outside.find(({ cases: pattern }) => pattern.test(one.name));
      if (!entry) {
        it(one.name, async () => {
          await run(backend, read, one);
          passed++;
        });
        continue;
      }
      it(`${one.name} is outside: ${entry.reason}`, async () => {
        const failure = await run(backend, read, one).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(failure, 'it passes now: take it off the list').toBeDefined();
        expect(failure instanceof SaliencyError ? 'refused' : 'answered').toBe(
          entry.answered ? 'answered' : 'refused',
        );
        refused.set(entry.reason, (refused.get(entry.reason) ?? 0) + 1);
      });
    }

    it.each(outside.map(({ cases: pattern, reason }) => [pattern, reason] as const))(
      'has a case that matches %s (%s)',
      (pattern) => {
        expect(cases.some((one) => pattern.test(one.name))).toBe(true);
      },
    );
  });
}

async function run(backend: Backend, read: NodeTestOptions['read'], one: NodeTest): Promise<void> {
  const graph = read(new Uint8Array(Buffer.from(one.model, 'base64')));
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, dtype }) => [name!, asInput(unpacked(one.inputs[name!]!), dtype)]),
  );
  const session = await backend.load(graph);
  try {
    const outputs = await session.run(feeds);
    for (const [name, packed] of Object.entries(one.outputs)) {
      compare(name, outputs[name]!, unpacked(packed), one);
    }
  } finally {
    await session.dispose();
  }
}

/** As NumPy's assert_allclose, with the bounds that ONNX gives the case. */
function compare(name: string, got: Tensor, wanted: Tensor, { rtol, atol }: NodeTest): void {
  expect(got.shape, `the shape of "${name}"`).toEqual(wanted.shape);
  for (let at = 0; at < wanted.data.length; at++) {
    const [a, b] = [Number(got.data[at]), Number(wanted.data[at])];
    const fits = Object.is(a, b) || Math.abs(a - b) <= atol + rtol * Math.abs(b);
    if (!fits) throw new Error(`element ${at} of "${name}" is ${a}, not ${b}`);
  }
}

/** Operators of core's table that no node test has: our own, and those that ONNX has no small test for. */
export function withoutNodeTests(): string[] {
  const tested = new Set(readNodeTests().cases.map(({ op }) => op));
  return Object.keys(operators).filter((op) => !tested.has(op));
}
