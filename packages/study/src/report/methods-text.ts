/** The report's methods section: everything that somebody needs to repeat the study, as prose. */
import { methods } from '@regional-saliency/methods';
import { parseObjective } from '../objective';
import type { MethodInfo, StudyResults } from '../results';
import { correctionTitle, effectTitle, listed, number, testTitle } from './words';

const reduceTexts: Record<string, string> = {
  'sum-abs': 'the sum over channels of absolute relevance',
  'max-abs': 'the maximum over channels of absolute relevance',
  sum: 'the signed sum over channels',
  positive: 'the positive part of the sum over channels',
};

const aggregateTexts: Record<string, string> = {
  mean: 'the mean of the map over the region’s pixels',
  sum: 'the sum of the map over the region’s pixels',
  max: 'the largest value of the map in the region',
  share: 'the region’s share of the map’s total',
  density: 'the region’s share of the map’s total, divided by its share of the area',
};

const ruleTexts: Record<string, (alpha: number) => string> = {
  'seed-rule': (alpha) =>
    `Each group was tested for normality (Shapiro–Wilk) and the two for equal variances (Levene, on medians): where all held at ${alpha}, Student’s t-test was used, else the Mann–Whitney U test`,
  student: () => 'Student’s t-test was used',
  welch: () => 'Welch’s t-test was used',
  'mann-whitney': () => 'The Mann–Whitney U test was used',
  permutation: () => 'A two-sample permutation test of Student’s t was used',
  'paired-t': () => 'The paired t-test was used',
  wilcoxon: () => 'The Wilcoxon signed rank test was used',
  anova: () => 'All groups were compared by one-way analysis of variance',
  'welch-anova': () => 'All groups were compared by Welch’s analysis of variance',
  'kruskal-wallis': () => 'All groups were compared by the Kruskal–Wallis test',
};

const unitTexts: Record<StudyResults['tests']['unit'], string> = {
  image: '',
  patient: 'Each patient counted once, by the mean of the scores of their images. ',
  pair: 'Images of one name were pairs. ',
};

/** The paragraphs. */
export function methodsText(results: StudyResults): string[] {
  const target =
    results.target === 'predicted' ? 'the class predicted for each image' : `class ${results.target}`;
  const objective = results.objective === undefined ? undefined : parseObjective(results.objective);
  const explained = objective
    ? `${objective.words()}${objective.readsTarget ? `, where the target is ${target},` : ''}`
    : target;
  const images = results.groups.map(({ name, images }) => `${images} of ${name}`);
  const versions = Object.entries(results.versions).map((named) => named.join(' '));
  return [
    `${capital(listed(images))} images were explained${patients(results)}. ${preprocessing(results.preprocessing)}`,
    `Relevance for ${explained} was computed with ${listed(results.methods.map(describe))}, on ${results.backend}. One map per image was made by taking ${reduceTexts[results.reduce] ?? results.reduce}.`,
    `The regions were ${listed(results.regions)}.${foundRegions(results)} A region’s score is ${aggregateTexts[results.aggregate] ?? results.aggregate}.${elsewhere(results)}`,
    testing(results),
    `It was computed by ${listed(versions)}, from the model file ${results.model.file} (SHA-256 ${results.model.sha256}).`,
  ];
}

/** `, of 120 (NORMAL) and 300 (PNEUMONIA) patients`, and how they were drawn. */
function patients({ patients: counts, sample }: StudyResults): string {
  if (!counts) return sample ? `, drawn at random with seed ${sample.seed}` : '';
  const each = listed(Object.entries(counts).map(([group, count]) => `${count} (${group})`));
  return `, of ${each} patients${sample ? `, who were drawn at random with seed ${sample.seed}, one image of each` : ''}`;
}

function foundRegions({ confidence }: StudyResults): string {
  const regions = Object.keys(confidence ?? {});
  if (regions.length === 0) return '';
  const values = Object.values(confidence!);
  const least = Math.min(...values.map((each) => each.least));
  const median = Math.min(...values.map((each) => each.median));
  return ` Of these, ${listed(regions)} were found by an algorithm on each image as the model saw it, with a confidence of ${number(median)} in the median and ${number(least)} at least.`;
}

function elsewhere({ nulls }: StudyResults): string {
  if (!nulls) return '';
  const { field, draws, seed } = nulls;
  return ` Its mean relevance was compared with that of its shape shifted, turned and mirrored at random inside ${field === 'image' ? 'the image' : `the region ${field}`}, ${draws} times an image (seed ${seed}; as spin tests do, Alexander-Bloch et al. 2018, doi:10.1016/j.neuroimage.2018.05.070).`;
}

/** Units, test, correction, effects, and what is random. */
function testing({ tests, comparisons, groups }: StudyResults): string {
  const { rule, correction, family, unit, postHoc, permutations, alpha, seed, effect, overallEffect } = tests;
  const test = ruleTexts[rule]?.(alpha) ?? `The rule was ${rule}`;
  const pairs = postHoc ? `, and pairs of groups by ${testTitle(postHoc)}` : '';
  const each = groups.length > 2 && family === 'method' ? ', each pair of groups by itself' : '';
  const over = `over ${family === 'all' ? 'all methods and regions together' : 'the regions of each method'}${each}`;
  const largest = `the largest ${rule === 'welch' ? 'Welch t' : rule === 'mann-whitney' ? 'U' : 't'} ${over}, in ${permutations} permutations of the groups’ labels, or all where there are no more (max-T, single step; Westfall and Young 1993)`;
  const corrected =
    correction === 'none'
      ? 'P-values were not corrected for the number of comparisons'
      : correction === 'max-t'
        ? `P-values were corrected by ${largest}`
        : `P-values were corrected by ${correctionTitle(correction)} ${over}`;
  const beside =
    correction !== 'max-t' && comparisons.some(({ maxT }) => maxT)
      ? ` Beside them stands the p-value by ${largest}.`
      : '';
  return `${unitTexts[unit]}${test}${pairs}; all tests are two-sided. ${corrected}, and called significant at ${alpha} or below.${beside} Effects are ${effectTitle(effect)} with 95 % intervals${overallEffect ? `, and over all groups ${effectTitle(overallEffect)}` : ''}. Random numbers, where a test draws any, come from seed ${seed}.`;
}

/** `Grad-CAM (Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74; relu = true) at layer layer4` */
function describe({ id, layer, options }: MethodInfo): string {
  const entry = Object.hasOwn(methods, id) ? methods[id] : undefined;
  const reference = entry?.reference.replaceAll('arXiv ', 'arXiv:').replaceAll('doi ', 'doi:');
  const set = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  const aside = [reference, set.join(', ')].filter(Boolean).join('; ');
  return `${entry?.title ?? id}${aside ? ` (${aside})` : ''}${layer ? ` at layer ${layer}` : ''}`;
}

function preprocessing(options: StudyResults['preprocessing']): string {
  const { size, crop, interpolation, channels, mean, std } = options;
  const pair = (value: unknown) => (Array.isArray(value) ? value.join('×') : `${value} on the shorter side`);
  return [
    `Each was resized to ${pair(size)} (${interpolation}, antialiased, as Pillow does)`,
    crop ? `, cropped to its central ${pair(crop)}` : '',
    `, given ${channels === 1 ? 'one channel' : 'three channels'}, scaled to 0..1 and normalised with mean ${list(mean)} and deviation ${list(std)}. Nothing was random.`,
  ].join('');
}

const list = (value: unknown) => (Array.isArray(value) ? `(${value.join(', ')})` : String(value));
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
