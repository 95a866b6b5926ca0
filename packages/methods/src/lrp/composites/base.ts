/** What all composites have in common (Zennit's LAYER_MAP_BASE): everything but the linear layers. */
import type { Node } from '@regional-saliency/core';
import type { Composite, LrpRule, Position } from '../context';
import { average, residual } from '../rules/norm';
import { pass, passToProduct } from '../rules/pass';

const norm = { average: average(), residual: residual() };

/** A composite from the rule of linear layers alone. */
export function layerwise(linear: (node: Node, position: Position) => LrpRule | undefined): Composite {
  return (node, position) => {
    switch (position.roles.of.get(node)) {
      case 'linear':
        return linear(node, position);
      case 'activation':
      case 'norm':
        return pass;
      case 'average':
        return norm.average;
      case 'residual':
        return norm.residual;
      case 'bias':
        return passToProduct;
      default:
        return undefined;
    }
  };
}

/** Convolutions as opposed to dense layers. */
export const isConvolution = (node: Node) => node.op === 'Conv' || node.op === 'ConvTranspose';
