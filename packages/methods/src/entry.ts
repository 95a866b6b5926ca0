/** An entry of the index: what a method is called, where it comes from, and how it is made from named options. */
import { type Method, nearest, type Procedure, SaliencyError } from '@regional-saliency/core';

export type OptionValue = string | number | boolean;

export interface OptionEntry {
  readonly default: OptionValue | undefined;
  /** The values it may have, where they are few. */
  readonly choices?: readonly OptionValue[];
  /** What a number must be above. */
  readonly above?: number;
  readonly about: string;
}

export interface MethodEntry {
  readonly id: string;
  readonly title: string;
  /** One line: what it is, and what a peer calls the same. */
  readonly about: string;
  readonly reference: string;
  /** A program compiles to a graph; a procedure asks the model for scores, again and again. */
  readonly kind: 'program' | 'procedure';
  /** Whether it takes a layer. */
  readonly layer: boolean;
  /** Whether relevance is handed on whole, from 1 at the score, but for what biases absorb. */
  readonly conserves?: boolean;
  readonly options: Readonly<Record<string, OptionEntry>>;
  make(options: MethodOptions): Method | Procedure;
}

/** `layer` names a layer, for methods that take one; the rest are the method's own options. */
export type MethodOptions = { readonly layer?: string | undefined } & Readonly<
  Record<string, OptionValue | undefined>
>;

/** The options in force: those given, checked, and defaults for the rest. */
export function settle(entry: MethodEntry, given: MethodOptions): Record<string, OptionValue | undefined> {
  const { layer, ...own } = given;
  if (layer !== undefined && !entry.layer) {
    throw new SaliencyError(
      'bad-input',
      `${entry.id} explains the input and takes no layer, but "${layer}" was given`,
    );
  }
  const settled: Record<string, OptionValue | undefined> = entry.layer ? { layer } : {};
  for (const [name, option] of Object.entries(entry.options)) settled[name] = option.default;
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue;
    const option = Object.hasOwn(entry.options, name) ? entry.options[name] : undefined;
    if (!option) {
      const names = [...(entry.layer ? ['layer'] : []), ...Object.keys(entry.options)];
      const known = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
      const near = nearest(name, names, 1)[0];
      throw new SaliencyError(
        'unknown-name',
        `${entry.id} has no option "${name}"${near ? ` (did you mean "${near}"?)` : ''}; ${known}`,
      );
    }
    if (option.choices && !option.choices.includes(value)) {
      throw new SaliencyError(
        'bad-input',
        `${name} of ${entry.id} is one of ${option.choices.join(', ')}, not "${value}"`,
      );
    }
    if (!option.choices && option.default !== undefined && typeof value !== typeof option.default) {
      throw new SaliencyError(
        'bad-input',
        `${name} of ${entry.id} must be a ${typeof option.default}, not "${value}"`,
      );
    }
    const { above } = option;
    if (above !== undefined && !(Number(value) > above && Number.isFinite(value))) {
      throw new SaliencyError('bad-input', `${name} of ${entry.id} must be above ${above}, not ${value}`);
    }
    settled[name] = value;
  }
  return settled;
}
