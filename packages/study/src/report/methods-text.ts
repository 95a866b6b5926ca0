/** The report's methods section: everything that somebody needs to repeat the study, as prose. */
import { methods } from '@regional-saliency/methods';
import { parseObjective } from '../objective';
import type { MethodInfo, StudyResults } from '../results';
import { correctionTitle, effectTitle, listed } from './words';

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

const ruleTexts: Record<string, string> = {
  'seed-rule':
    'Each group was tested for normality (Shapiro–Wilk) and the two for equal variances (Levene, on medians): where both held at 0.05, Student’s t-test was used, else the Mann–Whitney U test',
  student: 'Student’s t-test was used',
  welch: 'Welch’s t-test was used',
  'mann-whitney': 'The Mann–Whitney U test was used',
  permutation: 'A two-sample permutation test of the difference of means was used',
};

/** The paragraphs. */
export function methodsText(results: StudyResults): string[] {
  const { tests } = results;
  const target =
    results.target === 'predicted' ? 'the class predicted for each image' : `class ${results.target}`;
  const objective = results.objective === undefined ? undefined : parseObjective(results.objective);
  const explained = objective
    ? `${objective.words()}${objective.readsTarget ? `, where the target is ${target},` : ''}`
    : target;
  const images = results.groups.map(({ name, images }) => `${images} of ${name}`);
  const versions = Object.entries(results.versions).map((named) => named.join(' '));
  return [
    `${capital(listed(images))} images were explained. ${preprocessing(results.preprocessing)}`,
    `Relevance for ${explained} was computed with ${listed(results.methods.map(describe))}, on ${results.backend}. One map per image was made by taking ${reduceTexts[results.reduce] ?? results.reduce}.`,
    `The regions were ${listed(results.regions)}. A region’s score is ${aggregateTexts[results.aggregate] ?? results.aggregate}.`,
    `${ruleTexts[tests.rule] ?? `The rule was ${tests.rule}`}; all tests are two-sided. P-values were corrected by ${correctionTitle(tests.correction)} over ${tests.family === 'all' ? 'all methods and regions together' : 'the regions of each method'}, and called significant below ${tests.alpha}. Effects are ${effectTitle(tests.effect)} with 95 % intervals. Random numbers, where a test draws any, come from seed ${tests.seed}.`,
    `It was computed by ${listed(versions)}, from the model file ${results.model.file} (SHA-256 ${results.model.sha256}).`,
  ];
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
