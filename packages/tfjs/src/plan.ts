/**
 * From a graph to a plan: a list of steps on tfjs tensors, made once when a program is loaded.
 *
 * The kernels (one entry an operator) run here, not at run time: each looks at its node and adds the steps that
 * compute it. So attributes are read once, layouts are settled before anything runs, and whatever depends on
 * constants only, however derived (transposed, flipped, clamped weights), is computed once and kept.
 */
import {
  type Dim,
  describeNode,
  type Graph,
  isBatch,
  type Node,
  nodesOf,
  readersOf,
  SaliencyError,
  sizeAt,
  type Value,
} from '@regional-saliency/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Arrays } from './arrays';
import { kernels } from './kernels';
import { type Layout, permutationBetween, placedShape, sameOrder, standard, trailing } from './layout';
import { reshapeAt, transposeOf } from './moves';
import type { Simd } from './simd';
import { storedOf } from './stored';
import { upload } from './transfer';

/** A tensor of a plan: what one step makes. `fixed`: it does not depend on the program's inputs. */
export interface Slot {
  readonly id: number;
  readonly fixed: boolean;
}

export interface Step {
  readonly inputs: readonly Slot[];
  readonly output: Slot;
  /** What it belongs to, for messages. */
  readonly node: Node | undefined;
  run(inputs: readonly tf.Tensor[], batch: number): tf.Tensor;
}

export interface Plan {
  /** Steps in an order in which they can run; the fixed ones run at load. */
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<Value, Slot>;
  readonly outputs: ReadonlyMap<string, Slot>;
}

/** What kernels need to know of the backend they plan for. */
export interface Target {
  readonly name: string;
  readonly arrays: Arrays | undefined;
  /** Kernels of our own; on wasm only. */
  readonly simd?: Simd | undefined;
}

/** One operator: adds the steps for `kit.node` and gives its outputs. */
export type Kernel = (kit: Kit) => void;

/** What a kernel plans with. Everything here happens at load. */
export interface Kit {
  readonly node: Node;
  readonly target: Target;
  /** The input's value, which must be there. */
  value(index: number): Value;
  has(index: number): boolean;
  /** The input in a layout (standard order unless said), converted if it does not lie so yet. */
  input(index: number, layout?: Layout): Slot;
  /** Any value of the graph that is computed before this node, in a layout. */
  lying(value: Value, layout: Layout): Slot;
  /** The layout that moves the least data for an elementwise operator of the inputs with the output's rank. */
  follow(): Layout;
  /** A layout in which this input lies already. */
  layoutOf(index: number): Layout;
  /** The input shaped for tfjs's broadcasting against a tensor of the given layout. */
  operand(index: number, layout: Layout): Slot;
  /** Whether anything reads an output. */
  isRead(output: number): boolean;
  step(inputs: readonly Slot[], run: (...inputs: tf.Tensor[]) => tf.Tensor): Slot;
  /** A step that needs to know the batch size; only where `dims` depend on it. */
  stepWith(
    dims: readonly Dim[],
    inputs: readonly Slot[],
    run: (sizes: number[], ...inputs: tf.Tensor[]) => tf.Tensor,
  ): Slot;
  /** A step that runs at every run, since what it reads is there only then, and that knows the batch size. */
  stepAt(inputs: readonly Slot[], run: (inputs: readonly tf.Tensor[], batch: number) => tf.Tensor): Slot;
  /** Says where an output lies (standard order and the first output unless said). */
  give(slot: Slot, layout?: Layout, output?: number): void;
  /** The one node that reads this node's result, if there is just one and nobody else sees the result. */
  soleReader(): Node | undefined;
  /** The plan of a loop's body: the steps of each turn. What runs once is among the program's own steps. */
  planBody(body: Graph): Plan;
  /** Says where any value lies: the result of another node, which then needs no steps of its own. */
  giveFor(value: Value, slot: Slot, layout: Layout): void;
}

interface Placed {
  readonly slot: Slot;
  readonly layout: Layout;
}

/** @throws SaliencyError `unsupported` where an operator has no kernel */
export function planOf(graph: Graph, target: Target): Plan {
  const common: Common = { fixed: [], places: new Map(), slots: 0 };
  const plan = planIn(common, graph, target);
  return { ...plan, steps: neededSteps([...common.fixed, ...plan.steps], plan.outputs.values()) };
}

/** What a program and the bodies of its loops share: where values lie, and the steps that run once, at load. */
interface Common {
  readonly fixed: Step[];
  readonly places: Map<Value, Placed[]>;
  slots: number;
}

/** The steps of a graph that run each time; those that run once go to what is shared. */
function planIn(common: Common, graph: Graph, target: Target): Plan {
  const { places } = common;
  const steps: Step[] = [];
  const inputs = new Map<Value, Slot>();
  const readers = readersOf(graph);
  const seen = new Set(Object.values(graph.outputs));

  const place = (value: Value, slot: Slot, layout: Layout) => {
    const list = places.get(value);
    if (list) list.push({ slot, layout });
    else places.set(value, [{ slot, layout }]);
  };
  const add = (node: Node | undefined, from: readonly Slot[], fixed: boolean, run: Step['run']): Slot => {
    const output: Slot = { id: common.slots++, fixed };
    (fixed ? common.fixed : steps).push({ inputs: from, output, node, run });
    return output;
  };
  const placesOf = (value: Value): Placed[] => {
    const known = places.get(value);
    if (known) return known;
    const { constant } = value;
    if (!constant)
      throw new Error(`value ${value.id} (${value.name ?? 'unnamed'}) is not computed by the graph`);
    const { constant: held, layout } = storedOf(constant);
    const shape = placedShape(constant.shape, layout);
    place(
      value,
      add(undefined, [], true, () => tf.reshape(upload(held), shape)),
      layout,
    );
    return places.get(value)!;
  };
  const lying = (value: Value, layout: Layout, node: Node | undefined): Slot => {
    const placed = placesOf(value);
    const there = placed.find((one) => one.layout.every((axis, at) => axis === layout[at]));
    if (there) return there.slot;
    const near = placed.find((one) => sameOrder(value.shape, one.layout, layout));
    const from = near ?? placed[0]!;
    const dims = placedShape(value.shape, layout);
    const slot = near
      ? add(node, [from.slot], from.slot.fixed, ([x], batch) => reshapeAt(x!, dims, batch))
      : add(node, [from.slot], from.slot.fixed, ([x]) =>
          transposeOf(x!, permutationBetween(from.layout, layout)),
        );
    place(value, slot, layout);
    return slot;
  };

  for (const value of graph.inputs) {
    const slot: Slot = { id: common.slots++, fixed: false };
    inputs.set(value, slot);
    place(value, slot, standard(value.shape.length));
  }

  for (const node of nodesOf(graph)) {
    if (places.has(node.outputs[0]!)) continue;
    const kernel = kernels[node.op];
    if (!kernel) {
      throw new SaliencyError(
        'unsupported',
        `${describeNode(node)}: the tfjs backend has no kernel for the operator ${node.op}; run the program on onnxruntime, or add one to packages/tfjs/src/kernels`,
      );
    }
    const value = (index: number): Value => {
      const found = node.inputs[index];
      if (!found) throw new Error(`input ${index} is missing`);
      return found;
    };
    const kit: Kit = {
      node,
      target,
      value,
      has: (index) => node.inputs[index] !== undefined,
      input: (index, layout) => lying(value(index), layout ?? standard(value(index).shape.length), node),
      lying: (given, layout) => lying(given, layout, node),
      layoutOf: (index) => placesOf(value(index)).at(-1)!.layout,
      follow: () => cheapestLayout(node, placesOf),
      operand(index, layout) {
        const { shape } = value(index);
        const slot = lying(value(index), trailing(layout, shape.length), node);
        const missing = layout.length - shape.length;
        const wide = layout.map((axis) => (axis < missing ? 1 : shape[axis - missing]!));
        // Leading axes of size 1 are implied by broadcasting.
        if (wide.slice(0, missing).every((_, at) => layout[at]! < missing)) return slot;
        return add(node, [slot], slot.fixed, ([x], batch) => reshapeAt(x!, wide, batch));
      },
      isRead: (output) => {
        const result = node.outputs[output];
        return result !== undefined && (readers.has(result) || seen.has(result));
      },
      step: (from, run) =>
        add(
          node,
          from,
          from.every((slot) => slot.fixed),
          (tensors) => run(...tensors),
        ),
      stepWith: (dims, from, run) =>
        add(node, from, !dims.some(isBatch) && from.every((slot) => slot.fixed), (tensors, batch) =>
          run(
            dims.map((dim) => sizeAt(dim, batch)),
            ...tensors,
          ),
        ),
      stepAt: (from, run) => add(node, from, false, run),
      give(slot, layout, output = 0) {
        const given = node.outputs[output]!;
        place(given, slot, layout ?? standard(given.shape.length));
      },
      soleReader() {
        const result = node.outputs[0]!;
        const list = readers.get(result) ?? [];
        return list.length === 1 && !seen.has(result) ? list[0] : undefined;
      },
      giveFor: place,
      planBody: (body) => {
        const plan = planIn(common, body, target);
        return { ...plan, steps: neededSteps(plan.steps, plan.outputs.values()) };
      },
    };
    try {
      kernel(kit);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SaliencyError(
        'unsupported',
        `${describeNode(node)} can't run on tfjs's ${target.name} backend: ${reason}`,
        { cause: error },
      );
    }
  }

  const outputs = new Map<string, Slot>();
  for (const [name, value] of Object.entries(graph.outputs)) {
    outputs.set(name, lying(value, standard(value.shape.length), value.node));
  }
  return { steps, inputs, outputs };
}

/** Of the layouts that the inputs lie in already, the one for which the fewest elements must be moved. */
function cheapestLayout(node: Node, placesOf: (value: Value) => readonly Placed[]): Layout {
  const rank = node.outputs[0]!.shape.length;
  const values = node.inputs.filter((input) => input !== undefined);
  const free = values.filter((value) => !placesOf(value)[0]!.slot.fixed);
  const candidates = free
    .filter((value) => value.shape.length === rank)
    .flatMap((value) => placesOf(value).map(({ layout }) => layout));
  let best: Layout = standard(rank);
  let least = Number.POSITIVE_INFINITY;
  // A tie goes to channels last, which convolutions want.
  const isLast = (layout: Layout) => Number(layout.at(-1) === 1 && rank === 4);
  for (const layout of candidates.sort((a, b) => isLast(b) - isLast(a))) {
    let moved = 0;
    for (const value of free) {
      const wanted = trailing(layout, value.shape.length);
      if (placesOf(value).some((one) => sameOrder(value.shape, one.layout, wanted))) continue;
      moved += value.shape.reduce<number>((size, dim) => size * sizeAt(dim, 1), 1);
    }
    if (moved < least) {
      least = moved;
      best = layout;
    }
  }
  return best;
}

/** Drops steps whose results nobody reads (a mask that was fused into what it gates, say). */
function neededSteps(steps: readonly Step[], outputs: Iterable<Slot>): Step[] {
  const needed = new Set(outputs);
  const kept: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!needed.has(step.output)) continue;
    for (const input of step.inputs) needed.add(input);
    kept.push(step);
  }
  return kept.reverse();
}
