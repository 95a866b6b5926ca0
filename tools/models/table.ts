/** The table as Markdown, and its verdicts. */
import { worst } from '../parity/compare';
import { arrives, conserves, type Findings, isClose, isRounding, type Step } from './examine';

export interface Result extends Findings {
  readonly name: string;
  readonly from: string;
  readonly licence: string;
  readonly format: string;
  readonly backend: string;
  readonly framework: string;
  readonly float32: {
    readonly output: readonly number[] | null;
    readonly gradient: readonly number[] | null;
  };
}

const steps: readonly Step[] = ['read', 'gradient', 'grad-cam', 'lrp', 'lrp without biases'];

/** Whether nothing failed and all is within its bound: 1e-5, or three times the framework's own float32. */
export function isGood(result: Result): boolean {
  return (
    Object.keys(result.failures).length === 0 &&
    isExact(result.output, ownOutput(result)) &&
    (isExact(result.gradient, result.float32.gradient) || isLikeDifferences(result) || isAlike(result)) &&
    isConserved(result) &&
    !isSilent(result)
  );
}

/** Whether Grad-CAM's map is 0 everywhere, before its rectifier: a layer that nothing reads, or that reads nothing. */
const isSilent = ({ positive = 0, negative = 0 }: Result) => positive + negative === 0;

const isExact = (ours: readonly number[] | undefined, own: readonly number[] | null) =>
  ours !== undefined && isClose(ours, own);

/** tfjs's truths are in float32, all others in float64. */
const isInDouble = ({ float32 }: Result) => float32.gradient !== null;

/** Whether the program is right in the truth's own arithmetic, so that only rounding takes it away. */
const isAlike = (result: Result) =>
  [result.alike, result.file].some((errors) => errors && worst(errors) < (isInDouble(result) ? 1e-6 : 1e-5));

/** Whether central differences, whose own error is of the size of their steps, say the same. */
const isLikeDifferences = ({ differences }: Result) => differences !== undefined && worst(differences) < 1e-4;

/** What is lost without biases, less what z⁺ can't hand on. */
const lostBy = ({ absorbedWithoutBiases: lost, unplaced }: Result) =>
  lost?.map((share, image) => Math.abs(share - (unplaced?.[image] ?? 0)));

const isConserved = ({ absorbedWithoutBiases: lost, unplaced }: Result) =>
  lost !== undefined && conserves(lost, unplaced);

/** The runtime's own distance from the framework, or the framework's float32 from its float64. */
const ownOutput = ({ runtime, float32 }: Result) =>
  runtime && float32.output
    ? runtime.map((error, at) => Math.max(error, float32.output![at]!))
    : float32.output;

const size = (value: number) => (value === 0 ? '0' : value.toExponential(0));

function error(
  ours: readonly number[] | undefined,
  own: readonly number[] | null,
  isExcused = false,
): string {
  if (!ours) return '–';
  const shown = isClose(ours, own) || isExcused ? size(worst(ours)) : `**${size(worst(ours))}**`;
  return own ? `${shown} (${size(worst(own))})` : shown;
}

function gradientOf(result: Result): string {
  const { gradient, float32, flips, pools, alike, file, differences } = result;
  const measured = differences && size(worst(differences));
  const byDifferences =
    measured && `${isLikeDifferences(result) ? measured : `**${measured}**`} by differences`;
  if (byDifferences && !gradient) return byDifferences;
  const shown = error(gradient, float32.gradient, isAlike(result) || isLikeDifferences(result));
  if (!alike) return shown;
  const [moved, what] = isRounding(flips) ? [flips!, 'gate'] : [pools, 'pool'];
  const flipped = isRounding(moved) ? `, ${moved!.count} ${what}${moved!.count > 1 ? 's' : ''} flipped` : '';
  const where = isInDouble(result) ? 'float64' : "tf.grad's arithmetic";
  const parts = [
    `${shown}${flipped}, in ${where} ${size(worst(alike))}`,
    file && `beside the file's own autograd ${size(worst(file))}`,
    byDifferences,
  ];
  return parts.filter(Boolean).join(', ');
}

const percent = (shares: readonly number[] | undefined) =>
  shares ? `${(100 * (shares.reduce((sum, share) => sum + share) / shares.length)).toFixed(1)} %` : '–';

function lost(result: Result): string {
  const lost = lostBy(result);
  if (!lost) return '–';
  const where = result.conservedInDouble ? ' in float64' : '';
  const shown = isConserved(result) ? `${size(worst(lost))}${where}` : `**${size(worst(lost))}**${where}`;
  if (!arrives(result.absorbedWithoutBiases!)) return `**nothing arrives** (${percent(result.unplaced)})`;
  const whole = result.unplaced ? `${shown} (${percent(result.unplaced)})` : shown;
  return !isConserved(result) && result.keeper ? `${whole}: ${result.keeper}` : whole;
}

function camOf(result: Result): string {
  const { layer, positive = 0 } = result;
  if (!layer) return '–';
  if (isSilent(result)) return `${layer}, **0 everywhere**`;
  return positive === 0 ? `${layer}, all against` : `${layer}, ${Math.round(100 * positive)} %`;
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    result.from,
    result.licence,
    `${result.format}, ${result.backend}`,
    error(result.output, ownOutput(result)),
    gradientOf(result),
    percent(result.absorbed),
    lost(result),
    camOf(result),
    reasons(result),
  ]);
  const good = results.filter(isGood).length;
  return [
    `# ${results.length} models`,
    '',
    `${good} are right in every column; in bold, what is further off than its bound. Errors are the largest difference of an image`,
    "over the largest value there, the worst of two images; in brackets the framework's own float32 beside its float64.",
    'A gradient jumps where a rectifier opens or a pool chooses: where it is further off, the error of the same program in the',
    "truth's own arithmetic is shown, which is right to 1e-6 in float64, to 1e-5 on the backend of tf.grad; and the gates or pools",
    'are counted that rounding put on another side than float64, by less than 1e-5 of the largest value there. An exporter that',
    "folds norms rounds the weights anew, which may move a gate in any arithmetic: there **the file's own autograd**, PyTorch's in",
    'float64 of the exported file (onnx2torch), has to be met to 1e-6.',
    '**by differences**: the framework has no gradient, or not the right one, or its float32 has flipped gates of its own, and ours is',
    "beside central differences in double arithmetic along random directions, in parts of the gradient's length.",
    '**absorbed**: the share of EpsilonPlus relevance that biases and ε take; **biases at zero**: what all nodes then keep, at most',
    '1e-4; in brackets what stays where a rule has nothing to share by: at units to which nothing contributes positively (z⁺), which',
    'there are where no rectifier follows, whose sum is exactly 0 (ε), or whose values go in steps. Where that is all of it,',
    '**nothing arrives**, so that nothing is shown and the row does not count as right.',
    '**Grad-CAM**: the layer that is taken by itself, and the part of the map above 0; *all against*: every place speaks against the',
    'score, as on images of nothing that the model looks for.',
    '',
    line([
      'model',
      'from',
      'licence',
      'format, run on',
      'output',
      'gradient',
      'absorbed',
      'biases at zero',
      'Grad-CAM',
      'fails because',
    ]),
    line(Array.from({ length: 10 }, () => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** The reasons of what failed, each once. */
function reasons({ failures, note, noTruth }: Result): string {
  const texts = new Map<string, Step[]>();
  for (const step of steps) {
    const reason = failures[step];
    if (reason) texts.set(reason, [...(texts.get(reason) ?? []), step]);
  }
  const failed = [...texts].map(([reason, of]) =>
    of.includes('read') ? reason : `${of.join(', ')}: ${reason}`,
  );
  const known = [noTruth && `gradient by differences, since ${noTruth}`, note].filter(Boolean);
  return [...failed, ...known].join('; ');
}
