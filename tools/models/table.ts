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
    (isExact(result.gradient, result.float32.gradient) ||
      isRounding(result.flips) ||
      isRounding(result.pools) ||
      isLikeDifferences(result) ||
      isExactInDouble(result)) &&
    isConserved(result) &&
    !isSilent(result)
  );
}

/** Whether Grad-CAM's map is 0 everywhere, before its rectifier: a layer that nothing reads, or that reads nothing. */
const isSilent = ({ positive = 0, negative = 0 }: Result) => positive + negative === 0;

const isExact = (ours: readonly number[] | undefined, own: readonly number[] | null) =>
  ours !== undefined && isClose(ours, own);

/** Whether the program is right in double arithmetic, so that only rounding takes it away. */
const isExactInDouble = ({ inDouble }: Result) => inDouble !== undefined && worst(inDouble) < 1e-6;

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

function error(ours: readonly number[] | undefined, own: readonly number[] | null, excuse = ''): string {
  if (!ours) return '–';
  const shown = own ? `${size(worst(ours))} (${size(worst(own))})` : size(worst(ours));
  if (excuse) return `${shown}, ${excuse}`;
  return isClose(ours, own) ? shown : `**${shown}**`;
}

function gradientOf(result: Result): string {
  const { gradient, float32, flips, pools, inDouble, differences } = result;
  if (differences) {
    const shown = size(worst(differences));
    return `${isLikeDifferences(result) ? shown : `**${shown}**`} by differences`;
  }
  const excuse = isRounding(flips)
    ? `${flips!.count} gate${flips!.count > 1 ? 's' : ''} flipped`
    : isRounding(pools)
      ? `${pools!.count} pool${pools!.count > 1 ? 's' : ''} flipped`
      : isExactInDouble(result)
        ? `in float64 ${size(worst(inDouble!))}`
        : '';
  return error(gradient, float32.gradient, excuse);
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
    'A gradient jumps where a rectifier opens or a pool chooses: where it is further off, the gates or pools are counted that',
    'rounding put on another side than float64, by less than 1e-5 of the largest value there, or where neither has, the error of',
    'the same program in double arithmetic is shown. **by differences**: the framework has no gradient, and ours is beside central',
    "differences in double arithmetic along random directions, in parts of the gradient's length.",
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
