/** An explainer of a model that is only a function. */
import { askingFunction } from './ask-function';
import type { BlackBox } from './black-box';
import { SaliencyError } from './errors';
import type { Explainer } from './explainer';
import { checkFiniteImages, checkFiniteMap } from './finite';
import { checkTensor, isByName, methodsOf } from './given';
import { type Method, uniqueId } from './method';
import { isProcedure, type Procedure } from './procedure';
import { proceed } from './proceed';
import { checkTarget, givenTargets, predictedTargets, type Target } from './target';
import type { Tensor } from './tensor';

export interface BlackBoxExplainerOptions {
  /** Those that ask for predictions only. */
  readonly method: Method | Procedure | readonly (Method | Procedure)[];
  /** Which of the function's scores is explained; default `predicted`. */
  readonly target?: Target | undefined;
}

/** Explains as any explainer does; there is no graph, so there is no program, no capture and no backend. */
export type BlackBoxExplainer = Omit<Explainer, 'program'>;

/**
 * @throws SaliencyError `unsupported` for a method that needs more of a model than its predictions, and for an objective,
 *   which is built on a graph's outputs
 */
export function explainBlackBox(blackBox: BlackBox, options: BlackBoxExplainerOptions): BlackBoxExplainer {
  const { method, target: wanted = 'predicted' } = options ?? ({} as Partial<BlackBoxExplainerOptions>);
  refuseObjective(options);
  const methods = methodsOf(method).map(predictionsOnly);
  const { batch, concurrency } = blackBox.options;
  return {
    explain: async (given, options = {}) => {
      const images = onlyImages(given);
      checkImages(images);
      const count = images.shape[0]!;
      const ask = askingFunction(blackBox, options.signal);
      const output = await ask(images);
      const classes = output.shape[1]!;
      const chosen = givenTargets(wanted === 'input', options.target, count, classes);
      if (typeof wanted === 'number') checkTarget(wanted, classes);
      const target =
        typeof wanted === 'number'
          ? new Int32Array(count).fill(wanted)
          : chosen
            ? Int32Array.from(chosen)
            : predictedTargets(output);
      const asking = {
        // As many as can be on their way at once.
        batch: batch * concurrency,
        predict: (image: number) => async (variants: Tensor) => {
          const scores = await ask(variants);
          const rows = scores.shape[0]!;
          return Float64Array.from({ length: rows }, (_, row) =>
            Number(scores.data[row * classes + target[image]!]),
          );
        },
      };
      const relevances: Record<string, Tensor> = {};
      const standardErrors: Record<string, Tensor> = {};
      for (const [at, procedure] of methods.entries()) {
        const id = uniqueId(methods, at);
        const { relevance, standardError } = await proceed(procedure, asking, images, options);
        checkFiniteMap(id, relevance);
        relevances[id] = relevance;
        if (standardError) standardErrors[id] = standardError;
      }
      const [relevance] = Object.values(relevances) as [Tensor];
      const inputs = { images: { relevance, relevances } };
      return { output, target, relevance, relevances, inputs, standardErrors, captures: {} };
    },
    dispose: async () => undefined,
  };
}

/** TypeScript lets none through. */
function refuseObjective(options: object | undefined): void {
  if ((options as { objective?: unknown } | undefined)?.objective === undefined) return;
  throw new SaliencyError(
    'unsupported',
    'an objective is built on the outputs of a graph, and this model is only a function: let the function compute it and give it as a score, and explain that by target',
  );
}

function predictionsOnly(method: Method | Procedure): Procedure {
  if (isProcedure(method) && !method.needsParts) return method;
  throw new SaliencyError(
    'unsupported',
    `${method.id} looks inside a model, and this one is only a function: take a method that asks for predictions, such as occlusion, feature-ablation, region-shapley, shapley-value-sampling, kernel-shap, lime or rise`,
  );
}

function onlyImages(images: Tensor | Readonly<Record<string, Tensor>>): Tensor {
  if (isByName(images)) {
    throw new SaliencyError(
      'bad-input',
      'a function takes images alone: give them as a tensor, without a name',
    );
  }
  checkTensor(images, 'what is to be explained');
  return images;
}

function checkImages(images: Tensor): void {
  if (images.shape.length !== 4 || images.dtype !== 'float32') {
    throw new SaliencyError(
      'bad-input',
      `images are float32 of shape [N, channels, height, width], but these are ${images.dtype} of [${images.shape.join(', ')}]`,
    );
  }
  checkFiniteImages(images);
}
