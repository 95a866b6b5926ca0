/** The operators of GraphModels that can be read. A new one is an entry in its family's file. */
import { alongAxes } from './axes';
import type { Form } from './call';
import { blocks } from './dilation';
import { elementwise } from './elementwise';
import { windows } from './windows';

const forms: ReadonlyMap<string, Form> = new Map(
  [elementwise, windows, alongAxes, blocks].flatMap(Object.entries<Form>),
);

export function formOf(op: string): Form | undefined {
  return forms.get(op);
}

/** Operators that the reader itself knows: what a model is given and what it holds. */
export const sources: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderWithDefault', 'Const']);

/** Their names. */
export function knownOperators(): string[] {
  return [...forms.keys(), ...sources].sort();
}
