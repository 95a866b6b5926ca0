/** No correction: each p as it is, checked like the others. */
import { type Correction, readPValues } from './p-values';

/** p-values as they are. */
export const uncorrected: Correction = (p) => readPValues(p);
