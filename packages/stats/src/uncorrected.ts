/** No correction: each p as it is, checked like the others. */
import { type Correction, readPValues } from './p-values';

export const uncorrected: Correction = (p) => readPValues(p);
