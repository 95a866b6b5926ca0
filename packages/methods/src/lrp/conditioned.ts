/**
 * Relevance under a condition: at a layer, only what flows through some of its channels goes on. Paths around the layer stay
 * open, so ask at layers that all paths pass.
 *
 * Achtibat et al. 2023, "From attribution maps to human-understandable explanations through Concept Relevance Propagation",
 * doi 10.1038/s42256-023-00711-8. PyPI's zennit-crp: conditions of a `CondAttribution`.
 */
import {
  type Builder,
  type Graph,
  layer as layerOf,
  type Node,
  operators,
  type Rule,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';
import type { Composite, LrpRule } from './context';

/** For each layer by name the channels through which relevance may pass. */
export type Conditions = Readonly<Record<string, readonly number[]>>;

/**
 * @param conditions several layers hold at once
 * @throws SaliencyError when a program is made: `unknown-name` for a layer that is not there, `bad-input` for a channel that
 *   the layer has not
 */
export function conditioned(composite: Composite, conditions: Conditions): Composite {
  const known = new WeakMap<Graph, ReadonlyMap<Value, readonly number[]>>();
  return (node, position) => {
    const { model } = position;
    const rule = composite(node, position);
    let channels = known.get(model);
    if (!channels) {
      channels = new Map(Object.entries(conditions).map(([name, list]) => channelsOf(model, name, list)));
      known.set(model, channels);
    }
    if (!node.outputs.some((output) => channels.has(output))) return rule;
    return masked(node, channels, rule ?? (operators[node.op]?.gradient as Rule | undefined));
  };
}

function channelsOf(model: Graph, name: string, channels: readonly number[]): [Value, readonly number[]] {
  const value = layerOf(model, name);
  const count = value.shape[axisOf(value)];
  const wrong = channels.find(
    (channel) => !(Number.isInteger(channel) && channel >= 0 && channel < Number(count)),
  );
  if (wrong === undefined && channels.length > 0) return [value, channels];
  throw new SaliencyError(
    'bad-input',
    wrong === undefined
      ? `no channel of "${name}" was named to pass relevance through; it has 0 to ${Number(count) - 1}`
      : `"${name}" has no channel ${wrong}; it has 0 to ${Number(count) - 1}`,
  );
}

/** Channels are axis 1 of [N, C, H, W] and [N, C], and the last of tokens [N, T, C]. */
const axisOf = ({ shape }: Value) => (shape.length === 3 ? 2 : 1);

function masked(
  node: Node,
  channels: ReadonlyMap<Value, readonly number[]>,
  rule: LrpRule | undefined,
): LrpRule | undefined {
  if (!rule) return undefined;
  return (context, relevance) =>
    rule(
      context,
      relevance.map((r, index) => {
        const output = node.outputs[index]!;
        const passing = channels.get(output);
        return r && passing ? context.g.mul(r, maskOf(context.g, output, passing)) : r;
      }),
    );
}

function maskOf(g: Builder, value: Value, passing: readonly number[]): Value {
  const axis = axisOf(value);
  const count = value.shape[axis] as number;
  const shape = value.shape.map((_, at) => (at === axis ? count : 1));
  return g.constant(
    Float32Array.from({ length: count }, (_, channel) => Number(passing.includes(channel))),
    shape,
  );
}
