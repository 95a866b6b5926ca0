/** Prints the operators that models may hold: those of core's table, and those that the ONNX reader says by others. */
import { knownOperators } from '../../packages/onnx/src/forms';

console.log(knownOperators().join('\n'));
