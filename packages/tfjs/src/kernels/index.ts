/** The table of kernels, one an operator. A new one is an entry in its family's file. */
import type { Kernel } from '../plan';
import * as activation from './activation';
import * as arithmetic from './arithmetic';
import { Conv, ConvGrad, ConvTranspose } from './conv';
import { Gemm, MatMul } from './matmul';
import * as movement from './movement';
import * as normalization from './normalization';
import * as pool from './pool';
import * as reduction from './reduction';
import { Repeat } from './repeat';
import { Resize } from './resize';
import * as shape from './shape';

export const kernels: Readonly<Record<string, Kernel>> = {
  ...activation,
  ...arithmetic,
  Conv,
  ConvGrad,
  ConvTranspose,
  Gemm,
  MatMul,
  ...movement,
  ...normalization,
  ...pool,
  ...reduction,
  Repeat,
  Resize,
  ...shape,
};
