/**
 * Says a graph in operators that a file of the wanted opset may hold and that runtimes run: the step between our nodes,
 * each of which is one operator, and ONNX's.
 */
import {
  type Builder,
  defineLayerNorm,
  type Graph,
  lower,
  type Node,
  type NodeNames,
  reachOf,
  readersOf,
  rewrite,
  spatialOf,
  type Value,
  windowOf,
} from '@regional-saliency/core';
import { isSayable, resizeByMatrices } from './resize';

export interface PrepareOptions {
  readonly opset: number;
  readonly portable: boolean;
}

type Form = (g: Builder, node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined;

export function prepare(graph: Graph, { opset, portable }: PrepareOptions): Graph {
  const lowered = lower(graph, { portable });
  const readers = readersOf(lowered);
  const isRead = (value: Value | undefined) =>
    value !== undefined && (readers.has(value) || Object.values(lowered.outputs).includes(value));

  const forms: Readonly<Record<string, Form>> = {
    // An empty list of axes would mean every axis of size 1.
    Squeeze: (_g, node, [x]) => ((node.attributes.axes as number[]).length === 0 ? [x!] : undefined),
    Gelu: (g, node, [x]) => (opset < 20 ? [gelu(g, x!, node)] : undefined),
    LayerNormalization: (g, node, inputs) => (opset < 17 ? [defineLayerNorm(g, node, inputs)] : undefined),
    Mish: (g, node, [x]) => (opset < 18 ? [mish(g, x!, node)] : undefined),
    // A node of its own only from opset 24 on.
    Swish: (g, node, [x]) => [swish(g, x!, node)],
    Mod: (g, node, inputs) => (isFlooredFloat(node) ? [flooredRest(g, node, inputs)] : undefined),
    ConvTranspose: (g, node, inputs) => longTransposedConv(g, node, inputs),
    Resize: (g, node, [x]) => {
      if ((node.attributes.axes as number[]).length === 0) return [x!];
      return isSayable(node, { opset, portable }) ? undefined : [resizeByMatrices(g, node, x!)];
    },
    MaxPool: (g, node, [x]) => (isRead(node.outputs[1]) ? undefined : widePool(g, node, x!)),
    Slice: (g, node, [x]) => (portable ? backwardsFromTheEnd(g, node, x!) : undefined),
    Repeat: (g, node, inputs) => {
      const body = prepare(node.attributes.body as Graph, { opset, portable });
      return g.node('Repeat', inputs, { ...node.attributes, body }, namesOf(node)).outputs;
    },
  };
  return rewrite(lowered, (g, node, inputs) => forms[node.op]?.(g, node, inputs));
}

/** Before opset 20; the erf form goes step by step as exporters write it, which is how runtimes recognise it. */
function gelu(g: Builder, x: Value, node: Node): Value {
  const scalar = (value: number) => g.scalar(value, x.dtype);
  const halved = (value: Value) => g.op('Mul', [value, scalar(0.5)], {}, namesOf(node));
  if (node.attributes.approximate === 'tanh') {
    const cube = g.mul(x, g.mul(x, x));
    const inner = g.mul(g.add(x, g.mul(cube, scalar(0.044715))), scalar(Math.sqrt(2 / Math.PI)));
    return halved(g.mul(x, g.add(g.op('Tanh', [inner]), scalar(1))));
  }
  const erf = g.op('Erf', [g.div(x, scalar(Math.SQRT2))]);
  return halved(g.mul(x, g.add(erf, scalar(1))));
}

function mish(g: Builder, x: Value, node: Node): Value {
  return g.op('Mul', [x, g.op('Tanh', [g.op('Softplus', [x])])], {}, namesOf(node));
}

function swish(g: Builder, x: Value, node: Node): Value {
  const alpha = g.scalar(node.attributes.alpha as number, x.dtype);
  return g.op('Mul', [x, g.op('Sigmoid', [g.mul(x, alpha)])], {}, namesOf(node));
}

/**
 * onnxruntime refuses an output_padding as large as the stride, which dilation allows: all pads are then taken off (or added,
 * as zeros) before the bias.
 */
function longTransposedConv(
  g: Builder,
  node: Node,
  [x, weights, bias]: readonly (Value | undefined)[],
): readonly Value[] | undefined {
  const { strides, pads } = windowOf(node.attributes);
  const rank = strides.length;
  const longer = [...((node.attributes.output_padding as number[] | undefined) ?? [])];
  if (!longer.some((size, axis) => size >= strides[axis]!)) return undefined;
  const whole = g.op('ConvTranspose', [x, weights], {
    ...node.attributes,
    pads: pads.map(() => 0),
    output_padding: longer.map(() => 0),
  });
  const cut = g.pad(
    whole,
    [0, 0, ...longer.map((_, axis) => -pads[axis]!)],
    [0, 0, ...longer.map((size, axis) => size - pads[axis + rank]!)],
  );
  if (!bias) return [cut];
  const wide = g.reshape(bias, [bias.shape[0]!, ...longer.map(() => 1)]);
  return [g.op('Add', [cut, wide], {}, namesOf(node))];
}

/** Of floats, ONNX's Mod gives the rest with the dividend's sign only (until opset 28). */
function isFlooredFloat({ attributes, outputs }: Node): boolean {
  return !attributes.fmod && outputs[0]!.dtype.includes('float');
}

function flooredRest(g: Builder, node: Node, inputs: readonly (Value | undefined)[]): Value {
  const [a, b] = inputs as [Value, Value];
  const whole = g.op('Floor', [g.div(a, b)]);
  return g.op('Sub', [a, g.mul(b, whole)], {}, namesOf(node));
}

/** onnxruntime refuses pads as wide as the kernel, even where dilation makes the window wider: they become a Pad. */
function widePool(g: Builder, node: Node, x: Value): readonly Value[] | undefined {
  const { kernel, strides, dilations, pads } = windowOf(node.attributes);
  if (pads.every((pad, axis) => pad < kernel[axis % kernel.length]!)) return undefined;
  const out = spatialOf(node.outputs[0]!);
  const begins = pads.slice(0, kernel.length);
  // As much at the end as the last window reaches (ceil_mode included), and cut where it does not get that far.
  const ends = spatialOf(x).map((size, axis) => {
    const reached = (out[axis]! - 1) * strides[axis]! + reachOf(kernel[axis]!, dilations[axis]!);
    return reached - size - begins[axis]!;
  });
  const padded = g.op('Pad', [x], {
    pads: [0, 0, ...begins, 0, 0, ...ends],
    mode: 'constant',
    value: -3.4028234663852886e38,
  });
  return g.node('MaxPool', [padded], { kernel_shape: kernel, strides, dilations }, namesOf(node)).outputs;
}

/** onnxruntime's WebGPU Slice begins at the last element whenever its step is negative (seen in 1.30): it is cut there first. */
function backwardsFromTheEnd(g: Builder, node: Node, x: Value): readonly Value[] | undefined {
  const { starts, ends, axes, steps } = node.attributes as Record<string, readonly number[]>;
  const cut = axes!.map((axis, i) => ({ axis, start: starts![i]!, backwards: steps![i]! < 0 }));
  const inside = cut.filter(
    ({ axis, start, backwards }) => backwards && start < (x.shape[axis] as number) - 1,
  );
  if (inside.length === 0) return undefined;
  const begun = g.slice(
    x,
    inside.map(() => 0),
    inside.map(({ start }) => start + 1),
    inside.map(({ axis }) => axis),
  );
  // What was "before the first" is still that in the shorter tensor.
  const before = -(2 ** 31);
  const kept = { starts, ends: ends!.map((end) => (end < 0 ? before : end)), axes, steps };
  return [g.op('Slice', [begun], kept, namesOf(node))];
}

function namesOf({ name, scopes, outputs }: Node): NodeNames {
  return { name, scopes, outputs: outputs.map((output) => output.name) };
}
