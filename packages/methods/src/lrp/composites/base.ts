/** What all composites have in common (Zennit's LAYER_MAP_BASE): everything but the linear layers. */
import type { Node } from '@regional-saliency/core';
import type { Composite, LrpRule, Position } from '../context';
import { gate } from '../rules/gate';
import { average, residual } from '../rules/norm';
import { pass, passToComputed } from '../rules/pass';
import { byOperator, mixed } from './compose';

/** Sums, averages and products, in composites that have a rule for them at all. */
export const combining = byOperator({
  average: average(),
  residual: residual(),
  gate,
  bias: passToComputed,
  scale: passToComputed,
});

const elementwise = byOperator({ activation: pass, norm: pass });

/** A composite from the rule of linear layers alone. */
export function layerwise(linear: (node: Node, position: Position) => LrpRule | undefined): Composite {
  return mixed(elementwise, combining, (node, position) =>
    position.roles.of.get(node) === 'linear' ? linear(node, position) : undefined,
  );
}

/** Convolutions as opposed to dense layers. */
export const isConvolution = (node: Node) => node.op === 'Conv' || node.op === 'ConvTranspose';
