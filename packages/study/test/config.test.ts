import { describe, expect, it } from 'vitest';
import { parseStudy } from '../src/study/config';

const whole = {
  model: 'model.onnx',
  groups: { a: 'images/a', b: 'images/b' },
  preprocessing: { mean: [0.5], std: [0.25] },
  methods: ['gradient'],
  regions: [{ type: 'grid', rows: 1, columns: 3 }],
};
const parse = (settings: Record<string, unknown>) =>
  parseStudy({ ...whole, ...settings }, '/data/study.json');

describe('study.json', () => {
  it('needs little: the rest are defaults, and paths are relative to the file', () => {
    expect(parse({})).toMatchObject({
      model: '/data/model.onnx',
      groups: { a: '/data/images/a', b: '/data/images/b' },
      methods: [{ id: 'gradient', set: {} }],
      target: 'predicted',
      reduce: 'sum-abs',
      aggregate: 'mean',
      tests: {
        rule: 'seed-rule',
        correction: 'bonferroni',
        family: 'method',
        effect: 'cohens-d',
        alpha: 0.05,
        seed: 0,
      },
      backend: 'onnxruntime',
      memory: 2 ** 30,
      output: '/data/study-results',
    });
  });

  it.each([
    [{ regoins: [] }, 'study.json: there is no setting "regoins"'],
    [{ tests: { alpah: 1 } }, 'study.json: there is no setting "alpah" in "tests"'],
    [{ model: undefined }, 'study.json: "model" is missing'],
    [{ reduce: 'abs' }, 'study.json: "reduce" must be sum-abs or max-abs or sum or positive'],
    [{ tests: { alpha: 2 } }, 'study.json: "tests.alpha" is wrong: Too big: expected number to be <1'],
    [{ groups: { a: 'a' } }, 'study.json: "groups" needs at least two groups to compare'],
    [
      { preprocessing: { mean: [0.5], std: [0.2, 0.3] } },
      'study.json: "mean" and "std" of preprocessing need one number for each channel, 1 or 3',
    ],
    [{ memory: 'much' }, '"much" is no amount of memory: write it as "2 GiB" or "500 MB"'],
    [{ outputs: [] }, 'study.json: "outputs" is wrong: Too small: expected array to have >=1 items'],
    [
      { objective: 'logit-difference=1' },
      'study.json: "objective" is wrong: "logit-difference=1" does not have the values it needs: write it as logit-difference=class,class[,output=name]',
    ],
    [
      { objective: 'logit' },
      'study.json: "objective" is wrong: "logit" is no objective: it is one of logit-',
    ],
    [
      { objective: 'regression', target: 1 },
      'study.json: "target" means nothing to the objective regression: leave it out',
    ],
    [{ regions: [] }, 'study.json: "regions" is wrong: Too small: expected array to have >=1 items'],
  ])('%j is refused in one sentence', (settings, sentence) => {
    expect(() => parse(settings)).toThrow(sentence);
  });

  it('an objective is taken as at the prompt, its image relative to the file', () => {
    const { objective } = parse({ objective: 'similarity=faces/ann.png,form=dot' });
    expect(objective).toMatchObject({
      text: 'similarity=faces/ann.png,form=dot',
      reference: '/data/faces/ann.png',
      ofClasses: false,
    });
    expect(parse({ objective: 'log-probability', target: 1 }).objective?.readsTarget).toBe(true);
  });

  it('a list instead of an object is refused too', () => {
    expect(() => parseStudy([], '/data/study.json')).toThrow(/^study\.json: the file is wrong/);
  });
});
