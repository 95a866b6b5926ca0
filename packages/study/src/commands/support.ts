/** Which methods can explain a model, told without running it. */
import {
  compile,
  compileParts,
  compileScore,
  type Graph,
  isProcedure,
  SaliencyError,
} from '@regional-saliency/core';
import { families, methods } from '@regional-saliency/methods';
import type { Progress, Work } from '../progress';

export interface Support {
  /** `asks`: it can't be told before an option is given. */
  readonly answer: 'yes' | 'asks' | 'no';
  /** The sentence that says what stands in the way: the first node that can't be passed, or the option that is missing. */
  readonly reason?: string;
}

/** Compiles each method, or for procedures what they run: a program that can be made is the only proof. */
export function supportOf(graph: Graph, progress?: (work: Work) => Progress): Record<string, Support> {
  const entries = Object.entries(methods);
  const shown = progress?.({ what: 'trying', unit: 'methods', total: entries.length });
  const support = Object.fromEntries(
    entries.map(([id, entry], index): [string, Support] => {
      shown?.update(index);
      try {
        const made = entry.make({});
        if (isProcedure(made)) {
          compileScore(graph, {});
          compileParts(graph, made, {});
        } else compile(graph, { method: made });
        return [id, { answer: 'yes' }];
      } catch (error) {
        if (!(error instanceof SaliencyError)) throw error;
        return [id, { answer: error.code === 'bad-input' ? 'asks' : 'no', reason: error.message }];
      }
    }),
  );
  shown?.update(entries.length);
  shown?.stop();
  return support;
}

/** Lines for a terminal: the methods by family, those with one answer and reason together. */
export function showSupport(support: Readonly<Record<string, Support>>): string[] {
  const lines = Object.entries(families).flatMap(([family, entries]) => {
    const groups = new Map<string, string[]>();
    for (const { id, kind } of entries) {
      const { answer, reason } = support[id]!;
      const group = reason === undefined ? answer : `${answer}: ${withoutMethod(reason)}`;
      groups.set(group, [...(groups.get(group) ?? []), kind === 'procedure' ? `${id}*` : id]);
    }
    const shown = [...groups].map(([group, ids]) => {
      const [answer, ...reason] = group.split(': ');
      const text = reason.length > 0 ? `${ids.join(', ')}: ${reason.join(': ')}` : ids.join(', ');
      return { answer: answer!, text };
    });
    // What can be used first.
    const sorted = shown.sort((a, b) => Number(b.answer === 'yes') - Number(a.answer === 'yes'));
    return [family, ...sorted.flatMap(({ answer, text }) => hanging(answer, text))];
  });
  return [
    ...lines,
    '',
    '* a procedure: it asks the model for many predictions, and is not compiled to a file',
  ];
}

/** A reason without the name of the method at its beginning, which a group of methods shares. */
function withoutMethod(reason: string): string {
  const [first, ...rest] = reason.split(' ');
  return Object.hasOwn(methods, first!.replace(/:$/, '')) ? rest.join(' ') : reason;
}

/** Words after a mark, in lines of at most 100 characters. */
function hanging(mark: string, text: string): string[] {
  const lines: string[] = [];
  let line = `  ${mark.padEnd(6)}`;
  for (const word of text.split(' ')) {
    if (line.length + word.length > 100) {
      lines.push(line.trimEnd());
      line = ' '.repeat(8);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
