/** Puts a file's nodes into an order in which each comes after all it reads; nodes already in order keep it. */
import { SaliencyError } from '@regional-saliency/core';
import type { NodeProto } from './generated/onnx_pb';

/** @throws SaliencyError `bad-file` where two nodes make the same tensor, or nodes read each other in a circle */
export function sortNodes(nodes: readonly NodeProto[]): NodeProto[] {
  const makers = new Map<string, number>();
  for (const [index, node] of nodes.entries()) {
    for (const name of node.output) {
      if (name === '') continue;
      if (makers.has(name)) throw new SaliencyError('bad-file', `two nodes make the tensor "${name}"`);
      makers.set(name, index);
    }
  }
  const sorted: NodeProto[] = [];
  const state = new Uint8Array(nodes.length);
  const [waiting, done] = [1, 2];
  for (let first = 0; first < nodes.length; first++) {
    const stack = [first];
    while (stack.length > 0) {
      const index = stack.at(-1)!;
      if (state[index] === done) {
        stack.pop();
        continue;
      }
      const missing = readsOf(nodes[index]!)
        .map((name) => makers.get(name))
        .filter((maker): maker is number => maker !== undefined && state[maker] !== done);
      if (missing.length === 0) {
        state[index] = done;
        sorted.push(nodes[index]!);
        stack.pop();
        continue;
      }
      state[index] = waiting;
      for (const maker of missing) {
        if (state[maker] === waiting) {
          const { opType, output } = nodes[maker]!;
          throw new SaliencyError('bad-file', `the ${opType} that makes "${output[0]}" reads its own result`);
        }
      }
      stack.push(...missing.reverse());
    }
  }
  return sorted;
}

/** The tensors that a node reads, those that its subgraphs take from outside included. */
export function readsOf(node: NodeProto): string[] {
  const reads = node.input.filter((name) => name !== '');
  for (const { g } of node.attribute) {
    if (!g) continue;
    const own = new Set([...g.input, ...g.initializer].map((item) => item.name));
    for (const inner of g.node) for (const name of inner.output) own.add(name);
    const read = [...g.node.flatMap(readsOf), ...g.output.map((output) => output.name)];
    reads.push(...read.filter((name) => !own.has(name)));
  }
  return reads;
}

/** The nodes that the wanted tensors are computed from, in the order in which they stand. */
export function nodesFor(nodes: readonly NodeProto[], wanted: readonly string[]): NodeProto[] {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const needed = new Set<NodeProto>();
  const stack = [...wanted];
  while (stack.length > 0) {
    const maker = makers.get(stack.pop()!);
    if (!maker || needed.has(maker)) continue;
    needed.add(maker);
    stack.push(...readsOf(maker));
  }
  return nodes.filter((node) => needed.has(node));
}
