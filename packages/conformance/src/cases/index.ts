/** All cases of the suite, in the order in which they are run. */
import type { Case } from '../case';
import { convolutionCases } from './convolution';
import { elementwiseCases } from './elementwise';
import { loopCases } from './loops';
import { matrixCases } from './matrix';
import { movementCases } from './movement';
import { poolingCases } from './pooling';
import { programCases } from './programs';
import { resizeCases } from './resize';

export function conformanceCases(): Case[] {
  return [
    ...elementwiseCases(),
    ...convolutionCases(),
    ...poolingCases(),
    ...matrixCases(),
    ...movementCases(),
    ...resizeCases(),
    ...programCases(),
    ...loopCases(),
  ];
}
