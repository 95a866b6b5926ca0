import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { permutationTest } from '@regional-saliency/stats';
import * as ort from 'onnxruntime-node';

// An image a row, a comparison a column: left lung and right lung, each by two methods.
const data = [
  [0.16, 0.15, 0.31, 0.28],
  [0.13, 0.11, 0.26, 0.27],
  [0.1, 0.12, 0.33, 0.3],
  [0.28, 0.22, 0.24, 0.22],
  [0.25, 0.21, 0.29, 0.31],
  [0.27, 0.26, 0.3, 0.26],
  [0.3, 0.24, 0.27, 0.29],
  [0.22, 0.23, 0.32, 0.3],
];
const result = await permutationTest({
  scores: { data: data.flat(), shape: [8, 4] },
  design: { kind: 'two-sample', inA: [1, 1, 1, 1, 0, 0, 0, 0] },
  backend: onnxruntimeBackend(ort), // or tfjs, or none: p is the same
});
console.log(result.p[1], result.pMaxT[1]); // 0.057… by itself, 0.114… among the four
