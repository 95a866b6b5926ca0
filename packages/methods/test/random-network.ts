/** Small convolutional networks with random weights. */
import { normal, positive, randomTensor } from '@regional-saliency/conformance';
import { Builder, type Graph, N, type Value } from '@regional-saliency/core';

export const activations = ['Relu', 'Clip', 'Tanh', 'Swish'] as const;
export type Activation = (typeof activations)[number];
export type Block = 'plain' | 'residual' | 'dense';

/** Blocks of convolution, [N, 2, 6, 6] to three scores: convolution, batch norm and activation; the convolutions are called c0, c1, …, the last activation is "last". */
export function randomNetwork(blocks: readonly Block[], activation: Activation, seed: string): Graph {
  const g = new Builder();
  const x = g.input('x', [N, 2, 6, 6]);
  const names = new Map<string, Value>();
  const weight = (name: string, shape: number[], fill = normal) =>
    g.constantOf(randomTensor(`${seed}/${name}`, shape, fill, 'float32'));
  let y = x;
  for (const [at, block] of blocks.entries()) {
    const before = y.shape[1] as number;
    const channels = block === 'residual' ? before : 3;
    const convolved = g.op('Conv', [y, weight(`w${at}`, [channels, before, 3, 3])], { pads: [1, 1, 1, 1] });
    names.set(`c${at}`, convolved);
    const parameters = (['scale', 'shift', 'mean', 'variance'] as const).map((each) =>
      weight(`${each}${at}`, [channels], each === 'variance' ? positive : normal),
    );
    const normed = g.op('BatchNormalization', [convolved, ...parameters], { epsilon: 1e-3 });
    const active = g.op(activation, [normed], activation === 'Clip' ? { min: 0, max: 6 } : {});
    y = block === 'residual' ? g.add(y, active) : block === 'dense' ? g.concat([y, active], 1) : active;
  }
  names.set('last', y);
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [y])]);
  const scores = g.matMul(pooled, weight('head', [pooled.shape[1] as number, 3]));
  return g.finish({ inputs: [x], outputs: { scores }, names });
}
