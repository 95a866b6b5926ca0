/** The node tests of ONNX, read, written again and run: what the writer says must mean what was read. */
import { describeNodeTests, type Outside } from '@regional-saliency/conformance';
import { readOnnx } from '@regional-saliency/onnx';
import * as ort from 'onnxruntime-node';
import { onnxruntimeBackend } from '../src/index';

const outside: Outside[] = [
  {
    cases: /^(averagepool|lppool)_.*dilations/,
    reason: 'a dilated average, which files of opset 18 have no word for',
  },
  {
    cases: /^(max|min)_u?int16$/,
    reason: 'extremes of 16-bit integers, for which onnxruntime has no kernel',
  },
  {
    cases: /^pow_types_float32_uint(32|64)$/,
    reason: 'powers by unsigned integers, for which onnxruntime has no kernel',
  },
  { cases: /^reduce_(max|min)_bool_inputs$/, reason: 'extremes of bools, which came with opset 20' },
  {
    cases: /^mod_float_edge_cases_fmod_0_float(32|64)$/,
    reason: 'the rest of a division by infinity, which floats make NaN',
    answered: true,
  },
];

describeNodeTests(
  'onnxruntime-node (cpu)',
  () => onnxruntimeBackend(ort, { executionProviders: ['cpu'], threads: 1 }),
  {
    read: (model) => readOnnx(model),
    outside,
  },
);
