/** `methods`: what there is to explain with, and each method's options. */
import { nearest, SaliencyError } from '@regional-saliency/core';
import { families, type MethodEntry, methods, type OptionEntry } from '@regional-saliency/methods';

/** Every method by family, a line each. */
export function showMethods(): string {
  const width = Math.max(...Object.keys(methods).map((id) => id.length)) + 1;
  const line = ({ id, kind, title }: MethodEntry) =>
    `  ${(kind === 'procedure' ? `${id}*` : id).padEnd(width)}  ${title}`;
  return [
    ...Object.entries(families).flatMap(([family, entries]) => [family, ...entries.map(line), '']),
    '* a procedure: it asks the model for many predictions, and is not compiled to a file',
    '',
  ].join('\n');
}

/** One method: what it is, whose, and the options that `--set` takes. @throws SaliencyError `unknown-name` */
export function showMethod(id: string): string {
  const entry = Object.hasOwn(methods, id) ? methods[id] : undefined;
  if (!entry) {
    const near = nearest(id, Object.keys(methods), 1)[0];
    throw new SaliencyError(
      'unknown-name',
      `no method is called "${id}"${near ? ` (did you mean "${near}"?)` : ''}: without a name, methods lists all`,
    );
  }
  const { title, about, reference, layer, options } = entry;
  const width = Math.max(0, ...Object.keys(options).map((name) => name.length));
  const own = Object.entries(options).map(
    ([name, option]) => `  ${name.padEnd(width)}  ${option.about}${valuesOf(option)}`,
  );
  return [
    `${id}: ${title}`,
    about,
    reference,
    '',
    layer ? 'takes a layer (--layer)' : 'takes no layer',
    ...(own.length > 0 ? ['options (--set name=value):', ...own] : ['no options']),
    '',
  ].join('\n');
}

/** ` (one of a, b; default a)` */
function valuesOf({ choices, default: standard }: OptionEntry): string {
  const said = [
    ...(choices ? [`one of ${choices.join(', ')}`] : []),
    ...(standard === undefined ? [] : [`default ${standard}`]),
  ];
  return said.length > 0 ? ` (${said.join('; ')})` : '';
}
