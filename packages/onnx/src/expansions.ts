/** Operators that are single nodes here and that older opsets say by others. */
import type { Attributes } from '@regional-saliency/core';
import type { Emitter } from './write';

export interface Expansion {
  /** The opset that has the operator itself. */
  readonly since: number;
  /** Writes the nodes and gives the name of the result. */
  readonly write: (to: Emitter, inputs: readonly string[], attributes: Attributes) => string;
}

export const expansions: Readonly<Record<string, Expansion>> = {
  // The erf form is written node for node as exporters do, which is how runtimes recognise it.
  Gelu: {
    since: 20,
    write: (to, [x = ''], { approximate }) => {
      const half = to.scalar(0.5);
      const one = to.scalar(1);
      if (approximate === 'tanh') {
        const cube = to.op('Mul', [x, to.op('Mul', [x, x])]);
        const sum = to.op('Add', [x, to.op('Mul', [cube, to.scalar(0.044715)])]);
        const tanh = to.op('Tanh', [to.op('Mul', [sum, to.scalar(Math.sqrt(2 / Math.PI))])]);
        return to.op('Mul', [to.op('Mul', [x, to.op('Add', [tanh, one])]), half]);
      }
      const erf = to.op('Erf', [to.op('Div', [x, to.scalar(Math.SQRT2)])]);
      return to.op('Mul', [to.op('Mul', [x, to.op('Add', [erf, one])]), half]);
    },
  },
};
