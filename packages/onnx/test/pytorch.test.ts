/** Real files of both PyTorch exporters compute what PyTorch computes, and know its modules by their names. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { evaluate } from '@regional-saliency/conformance';
import { isBatch, nodesOf, type Tensor, tensor } from '@regional-saliency/core';
import { describe, expect, it } from 'vitest';
import { readOnnx, writeOnnx } from '../src/index';

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}

interface Expected {
  readonly image: Numbers;
  readonly scores: Numbers;
  readonly modules: Record<string, Numbers & { readonly step: number }>;
  readonly files: string[];
  readonly folded: Record<string, string>;
}

const at = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const fixture = (name: string) => new Uint8Array(readFileSync(at(name)));
const expected: Record<string, Expected> = JSON.parse(readFileSync(at('expected.json'), 'utf8'));

/** The largest difference, as a share of the largest number. */
function error(actual: Tensor, { data }: Numbers, step = 1): number {
  const largest = Math.max(...data.map(Math.abs));
  const errors = data.map((value, index) => Math.abs(value - Number(actual.data[index * step])));
  return Math.max(...errors) / largest;
}

for (const [kind, { image, scores, modules, files, folded }] of Object.entries(expected)) {
  describe(kind, () => {
    const feeds = { image: tensor(image.data, image.shape) };

    it.each(files)('%s computes what the module computed', (name) => {
      const graph = readOnnx(fixture(name));
      const result = evaluate(graph, feeds).scores!;
      expect(result.shape).toEqual(scores.shape);
      expect(error(result, scores)).toBeLessThan(1e-6);
    });

    it.each(files)('%s leaves only the batch open, or nothing', (name) => {
      const graph = readOnnx(fixture(name));
      const open = graph.inputs[0]!.shape.map(isBatch);
      expect(open).toEqual([!name.includes('fixed'), false, false, false]);
      for (const node of nodesOf(graph)) {
        expect(['Shape', 'Constant', 'Identity', 'Dropout', 'If']).not.toContain(node.op);
      }
    });

    it.each(files)('%s gives each module by its name', (name) => {
      const graph = readOnnx(fixture(name));
      const normed = nodesOf(graph).some((node) => node.op === 'BatchNormalization');
      const missing: string[] = [];
      for (const module of Object.keys(modules)) {
        const value = graph.names.get(module);
        if (!value) {
          missing.push(module);
          continue;
        }
        const wanted = modules[normed ? module : (folded[module] ?? module)]!;
        const result = evaluate({ ...graph, outputs: { value } }, feeds).value!;
        expect(error(result, wanted, wanted.step), module).toBeLessThan(1e-6);
      }
      // The older exporter leaves no trace of a folded batch norm, and neither does any of a dropout after training.
      const gone = Object.values(folded).filter(() => name.includes('old') && !normed);
      if (kind === 'residual') gone.push('dropout');
      expect(missing.sort()).toEqual(gone.sort());
    });

    it.each(files)('%s is the same graph after it is written and read again', (name) => {
      const graph = readOnnx(fixture(name));
      for (const opset of [16, 18, 20, 23]) {
        const again = readOnnx(writeOnnx(graph, { opset }));
        expect(again.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }))).toEqual(
          graph.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
        );
        expect(described(again)).toEqual(described(graph));
        for (const module of Object.keys(modules)) {
          expect(again.names.get(module)?.shape, module).toEqual(graph.names.get(module)?.shape);
        }
        expect(evaluate(again, feeds)).toEqual(evaluate(graph, feeds));
      }
    });
  });
}

function described(graph: ReturnType<typeof readOnnx>) {
  return nodesOf(graph).map(({ op, attributes, inputs, outputs, scopes, name }) => ({
    op,
    attributes,
    scopes,
    name,
    inputs: inputs.map((input) => input?.shape),
    outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })),
  }));
}

describe('a file of half-width weights', () => {
  it('is computed in float32', () => {
    const graph = readOnnx(fixture('residual-half.onnx'));
    const { image, scores } = expected.residual!;
    const result = evaluate(graph, { image: tensor(image.data, image.shape) }).scores!;
    expect(graph.outputs.scores!.dtype).toBe('float32');
    expect(nodesOf(graph).some((node) => node.op === 'Cast')).toBe(false);
    // bfloat16 keeps 8 bits of each weight.
    expect(error(result, scores)).toBeLessThan(2 ** -6);
    expect(error(result, scores)).toBeGreaterThan(0);
  });
});

describe('a file that holds sequences of tensors', () => {
  it('is refused with every operator that stands in the way', () => {
    expect(() => readOnnx(fixture('sequences.onnx'))).toThrow(
      /^the operators SplitToSequence \(node "node_split"\), SequenceAt \(node "n0"\) are not supported; to explain what comes before, read the model with outputs: \["permute_1"\]$/,
    );
  });
});

describe('a module that is called twice', () => {
  it.each(['residual-old.onnx', 'residual-new.onnx'])('means its last call in %s', (name) => {
    const { names } = readOnnx(fixture(name));
    expect(names.get('layer1.1.relu')).toBe(names.get('layer1'));
    expect(names.get('layer1.1.relu')).toBe(names.get('layer1.1'));
  });
});

describe('two modules of like names', () => {
  it.each(['mobile-old.onnx', 'mobile-new.onnx'])('stay two in %s', (name) => {
    const { names } = readOnnx(fixture(name));
    expect(names.get('conv')).toBeDefined();
    expect(names.get('conv')).not.toBe(names.get('conv_1'));
  });
});
