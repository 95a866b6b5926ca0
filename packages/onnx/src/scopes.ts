/**
 * PyTorch's module paths, from what each of its exporters leaves in a file.
 *
 * The older exporter (TorchScript) names nodes by their path: `/layer4/layer4.1/conv2/Conv` is in the scopes `layer4`,
 * `layer4.1` and `layer4.1.conv2`. The newer one writes the list into each node's metadata.
 */
import type { Value } from '@regional-saliency/core';
import type { NodeProto } from './generated/onnx_pb';

export const SCOPES_KEY = 'pkg.torch.onnx.name_scopes';

/** The longest text that is taken for scopes: a module has a hundred letters, and as many modules around it at most. */
const LONGEST = 4096;

/** The qualified scopes of a node from outer to inner; undefined where the file tells none. */
export function scopesOf(node: NodeProto): readonly string[] | undefined {
  const written = node.metadataProps.find((entry) => entry.key === SCOPES_KEY)?.value;
  if ((written ?? node.name).length > LONGEST) return undefined;
  const scopes = written === undefined ? scopesOfPath(node.name) : scopesOfList(written);
  return scopes.length > 0 ? scopes : undefined;
}

/** A Python list of strings: the root (''), each module, and the node itself. */
function scopesOfList(written: string): string[] {
  const items = [...written.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
  const names = items.map((item) => (item[1] ?? item[2] ?? '').replace(/\\(.)/g, '$1'));
  return names.slice(0, -1).filter((name) => name !== '' && !name.startsWith('_empty_nn_module_stack'));
}

/** A segment that begins with the one before and a dot names it again with more: it takes its place. */
function scopesOfPath(path: string): string[] {
  if (!path.startsWith('/')) return [];
  const segments = path.split('/').slice(1, -1);
  const scopes: string[] = [];
  let outer = '';
  let before: string | undefined;
  for (const segment of segments) {
    if (before !== undefined && segment.startsWith(`${before}.`)) {
      scopes.push(scopes.at(-1)! + segment.slice(before.length));
    } else {
      scopes.push(outer === '' ? segment : `${outer}.${segment}`);
    }
    outer = scopes.at(-1)!;
    before = segment;
  }
  return scopes;
}

/** The list that the newer exporter would have written. */
export function writeScopes(scopes: readonly string[], node: string): string {
  const quoted = ['', ...scopes, node].map((name) => `'${name.replace(/[\\']/g, '\\$&')}'`);
  return `[${quoted.join(', ')}]`;
}

/** What one node of the file did in its scopes. */
export interface ScopedCall {
  readonly scopes: readonly string[];
  readonly output: Value;
  /** The constants that it read. */
  readonly parameters: readonly Value[];
}

/**
 * The last float value of each scope, from calls in the order they are made.
 *
 * A module that is called again appears with a suffix (`relu_1`, `relu@1`); its name then means the last call. What tells
 * such a call from another module of that name is that it reads no parameters but those of the first.
 */
export function scopeNames(calls: readonly ScopedCall[]): Map<string, Value> {
  const parameters = new Map<string, Set<Value>>();
  for (const call of calls) {
    for (const scope of call.scopes) {
      const read = parameters.get(scope) ?? new Set();
      for (const parameter of call.parameters) read.add(parameter);
      parameters.set(scope, read);
    }
  }
  const names = new Map<string, Value>();
  const calledAgain = (scope: string, first: string) => {
    if (first === scope || !names.has(first)) return false;
    const known = parameters.get(first);
    return [...(parameters.get(scope) ?? [])].every((parameter) => known?.has(parameter));
  };
  const moduleOf = (scope: string) => {
    const steps = scope.split('.');
    let module = '';
    for (const [at, step] of steps.entries()) {
      const first = join(module, step.replace(/[_@]\d+$/, ''));
      module = calledAgain(steps.slice(0, at + 1).join('.'), first) ? first : join(module, step);
    }
    return module;
  };
  for (const { scopes, output } of calls) {
    if (!output.dtype.includes('float') || output.constant) continue;
    for (const scope of scopes) {
      names.set(scope, output);
      names.set(moduleOf(scope), output);
    }
  }
  return names;
}

const join = (outer: string, inner: string) => (outer === '' ? inner : `${outer}.${inner}`);
