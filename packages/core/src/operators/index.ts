/** The table of operators. A new one is an entry in its family's file. */
import * as activation from './activation';
import * as arithmetic from './arithmetic';
import * as conv from './conv';
import * as matmul from './matmul';
import * as movement from './movement';
import * as normalization from './normalization';
import type { Operator } from './operator';
import * as pool from './pool';
import * as reduction from './reduction';
import * as loop from './repeat';
import { Resize } from './resize';
import * as shape from './shape';

/** What the library knows of each operator, by its ONNX name. */
export const operators: Readonly<Record<string, Operator>> = {
  ...activation,
  ...arithmetic,
  ...conv,
  ...loop,
  ...matmul,
  ...movement,
  ...normalization,
  ...pool,
  ...reduction,
  Resize,
  ...shape,
};
