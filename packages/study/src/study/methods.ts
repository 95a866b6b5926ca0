/** The methods of a study: each with the name that tables give it, and what runs them. */
import {
  type Backend,
  createExplainer,
  type Explainer,
  type ExplainOptions,
  type Explanation,
  type Graph,
  isProcedure,
  type Method,
  type Objective,
  type Procedure,
  SaliencyError,
  type Target,
  type Tensor,
} from '@regional-saliency/core';
import { method } from '@regional-saliency/methods';
import { objectiveValue } from '../objective';
import type { MethodInfo } from '../results';
import type { StudyConfig } from './config';

export interface NamedMethod {
  readonly info: MethodInfo;
  readonly method: Method | Procedure;
}

/** @throws SaliencyError for a method or option that does not exist, or two methods of one name */
export function namedMethods(entries: StudyConfig['methods']): NamedMethod[] {
  const ids = entries.map(({ id }) => id);
  const named = entries.map(({ id, label, layer, set }) => {
    const alone = ids.filter((other) => other === id).length === 1;
    const settings = [layer, ...Object.entries(set).map(([name, value]) => `${name}=${value}`)];
    const own = alone ? id : [id, ...settings.filter((part) => part !== undefined)].join(' ');
    const made = method(id, { ...set, ...(layer !== undefined && { layer }) });
    const { layer: _, ...options } = made.options;
    return { info: { label: label ?? own, id, layer, options }, method: made };
  });
  const labels = named.map(({ info }) => info.label);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) {
    throw new SaliencyError('bad-input', `two methods are called "${twice}": give one of them a "label"`);
  }
  return named;
}

export interface JointExplainer {
  /** The programs that run, one in the usual case. */
  readonly explainers: readonly Explainer[];
  /** Explains images by all methods; relevances are by label, and what an objective is for each image comes beside them. */
  explain(
    images: Tensor,
    options?: Pick<ExplainOptions, 'regions' | 'signal'> & {
      /** Told what part of the maps is made, 0 to 1. */
      readonly progress?: ((part: number) => void) | undefined;
    },
  ): Promise<Explanation & { readonly values: Tensor | undefined }>;
  dispose(): Promise<void>;
}

/**
 * One program for all methods, so that they share the forward pass, and one for all procedures. Where two programs can't be
 * joined (one needs batch norms folded, the other a layer before one), each gets one of its own.
 */
export async function createJointExplainer(
  model: Graph,
  methods: readonly NamedMethod[],
  options: {
    readonly backend: Backend;
    readonly target: Target;
    readonly objective?: Objective | undefined;
    readonly output?: string | undefined;
  },
): Promise<JointExplainer> {
  const beside = options.objective ? [objectiveValue] : [];
  const together = (named: readonly NamedMethod[]) =>
    createExplainer(model, { ...options, method: [...named.map((each) => each.method), ...beside] });
  let groups: { methods: readonly NamedMethod[]; explainer: Explainer }[];
  try {
    groups = [{ methods, explainer: await together(methods) }];
  } catch (error) {
    if (methods.length === 1 || !(error instanceof SaliencyError)) throw error;
    groups = [];
    const procedures = methods.filter((each) => isProcedure(each.method));
    const programs = methods.filter((each) => !isProcedure(each.method));
    for (const own of [...programs.map((each) => [each]), procedures]) {
      if (own.length > 0) groups.push({ methods: own, explainer: await together(own) });
    }
  }
  return {
    explainers: groups.map(({ explainer }) => explainer),
    async explain(images, { progress, ...options } = {}) {
      const relevances: Record<string, Tensor> = {};
      let first: Explanation | undefined;
      let values: Tensor | undefined;
      let made = 0;
      for (const group of groups) {
        const before = made;
        const explanation = await group.explainer.explain(images, {
          ...options,
          progress: progress && madeBy(group.methods, (count) => progress((before + count) / methods.length)),
        });
        made += group.methods.length;
        progress?.(made / methods.length);
        first ??= explanation;
        // Relevances come in the order in which the methods were given.
        const own = Object.values(explanation.relevances);
        for (const [index, { info }] of group.methods.entries()) relevances[info.label] = own[index]!;
        values ??= own[group.methods.length];
      }
      return { ...first!, relevances, values };
    },
    async dispose() {
      for (const { explainer } of groups) await explainer.dispose();
    },
  };
}

/**
 * How many methods are through, from what an explainer tells: programs run first, all at once, then one procedure after
 * another, which are known by their ids alone.
 */
function madeBy(methods: readonly NamedMethod[], tell: (count: number) => void): ExplainOptions['progress'] {
  const procedures = methods.map(({ method }) => method).filter(isProcedure);
  const programs = methods.length - procedures.length;
  let [at, part] = [0, 0];
  return (done, total, id) => {
    const isNext = procedures[at]?.id !== id || done / total < part;
    const next = isNext ? procedures.findIndex((each, index) => index > at && each.id === id) : -1;
    // A procedure may count from 0 once more for a second thing that it does.
    if (next < 0) part = Math.max(part, done / total);
    else [at, part] = [next, done / total];
    tell(programs + at + part);
  };
}
