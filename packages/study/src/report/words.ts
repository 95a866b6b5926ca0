/**
 * What a study found, in words: numbers as people write them, and one plain sentence for each thing that holds.
 */
import type { Comparison, StudyResults } from '../results';

/** A number with the digits that matter: 0.123, 45.7, 1.2×10⁻⁸. */
export function number(value: number, digits = 3): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    const fixed = size >= 100 ? value.toFixed(0) : value.toPrecision(digits);
    return fixed.replace('-', '−');
  }
  const [mantissa, exponent] = value.toExponential(Math.max(0, digits - 2)).split('e') as [string, string];
  return `${mantissa}×10${superscript(Number(exponent))}`.replace('-', '−');
}

/** Two decimals, so that a column of numbers is read down; no zero has a sign. */
export function twoDecimals(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A p-value: three decimals where they say anything, powers of ten below. */
export function pValue(p: number): string {
  return p >= 0.001 ? p.toFixed(3) : p === 0 ? '0' : number(p, 3);
}

/** `p = 0.012`, `p < 1×10⁻³⁰⁰` where the number underflows. */
export function pIs(p: number): string {
  return p === 0 ? 'p\u00a0<\u00a010⁻³⁰⁰' : `p\u00a0=\u00a0${pValue(p)}`;
}

function superscript(exponent: number): string {
  return String(exponent)
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

const effectNames: Record<string, string> = {
  'cohens-d': 'd',
  'hedges-g': 'g',
  'cliffs-delta': 'δ',
  'rank-biserial': 'r',
  'matched-rank-biserial': 'r',
  'eta-squared': 'η²',
  'omega-squared': 'ω²',
  'epsilon-squared': 'ε²',
};
const effectTitles: Record<string, string> = {
  'cohens-d': 'Cohen’s d',
  'hedges-g': 'Hedges’ g',
  'cliffs-delta': 'Cliff’s δ',
  'rank-biserial': 'rank-biserial r',
  'matched-rank-biserial': 'matched-pairs rank-biserial r',
  'eta-squared': 'η²',
  'omega-squared': 'ω²',
  'epsilon-squared': 'ε²',
};

/** An effect's symbol (`d`), and its name as in a sentence (`Cohen’s d`). */
export const effectSymbol = (id: string) => effectNames[id] ?? id;
export const effectTitle = (id: string) => effectTitles[id] ?? id;

const testNames: Record<string, string> = {
  student: 'Student t',
  welch: 'Welch t',
  'mann-whitney': 'Mann–Whitney U',
  permutation: 'permutation',
  'paired-t': 'paired t',
  wilcoxon: 'Wilcoxon signed rank',
  anova: 'ANOVA',
  'welch-anova': 'Welch ANOVA',
  'kruskal-wallis': 'Kruskal–Wallis',
  'tukey-hsd': 'Tukey HSD',
  'games-howell': 'Games–Howell',
  dunn: 'Dunn',
};

export const testTitle = (id: string) => testNames[id] ?? id;

/** How a test's statistic is written. */
export function statisticSymbol(test: string): string {
  return statisticSymbols[test] ?? 'statistic';
}

const statisticSymbols: Record<string, string> = {
  student: 't',
  welch: 't',
  permutation: 't',
  'paired-t': 't',
  'mann-whitney': 'U',
  wilcoxon: 'W',
  anova: 'F',
  'welch-anova': 'F',
  'kruskal-wallis': 'H',
  'tukey-hsd': 'q',
  'games-howell': 'q',
  dunn: 'z',
};

const correctionNames: Record<string, string> = {
  bonferroni: 'Bonferroni',
  sidak: 'Šidák',
  holm: 'Holm',
  hochberg: 'Hochberg',
  'benjamini-hochberg': 'Benjamini–Hochberg',
  'benjamini-yekutieli': 'Benjamini–Yekutieli',
  'max-t': 'max-T',
  none: 'no correction',
};

export const correctionTitle = (id: string) => correctionNames[id] ?? id;

/** What an output of the model is called. */
export function className(results: StudyResults, index: number): string {
  return results.classes?.[index] ?? `class ${index}`;
}

/** What a difference held up against. */
const afterCorrection = ({ tests }: StudyResults) =>
  tests.correction === 'none' ? ' by p uncorrected' : ' after correction';

/** A few sentences a method at most: where it looks most, and which differences between groups hold up. */
export function findings(results: StudyResults): string[] {
  return results.methods.map(({ label }) => {
    const sentences = [mostRelevant(results, label), overall(results, label), ...differences(results, label)];
    return sentences.filter((sentence) => sentence !== undefined).join(' ');
  });
}

/** For each region how many methods agree on a difference between groups that holds up: what many methods come to. */
export function agreement(results: StudyResults): { region: string; sentence: string }[] {
  const after = afterCorrection(results);
  return results.regions.map((region) => {
    const own = results.comparisons.filter((comparison) => comparison.region === region);
    const pairs = [...new Map(own.map(({ groups }) => [groups.join('\0'), groups])).values()];
    const sentences = pairs.map(([a, b]) => {
      const compared = own.filter(({ groups }) => groups[0] === a && groups[1] === b);
      const clear = compared.filter(({ significant, effect }) => significant && effect);
      const above = clear.filter(({ effect }) => effect!.value > 0).length;
      const below = clear.length - above;
      const methods = `${compared.length} methods`;
      if (clear.length === 0) return `None of ${methods} tells ${a} from ${b}${after}.`;
      const sides = [
        above > 0 ? `higher for ${a} by ${above}` : undefined,
        below > 0 ? `higher for ${b} by ${below}` : undefined,
      ].filter((side) => side !== undefined);
      return `Relevance was ${listed(sides)} of ${methods},${after}.`;
    });
    return { region, sentence: sentences.join(' ') };
  });
}

/** The mean score of each region over all images, strongest first. */
export function ranking(results: StudyResults, method: string): { region: string; mean: number }[] {
  return results.regions
    .flatMap((region) => {
      const cells = results.summaries.filter(
        (cell) => cell.method === method && cell.region === region && cell.mean !== null,
      );
      const count = cells.reduce((sum, cell) => sum + cell.n, 0);
      if (count === 0) return [];
      return [{ region, mean: cells.reduce((sum, cell) => sum + cell.mean! * cell.n, 0) / count }];
    })
    .sort((a, b) => b.mean - a.mean);
}

function mostRelevant(results: StudyResults, method: string): string | undefined {
  const [first, ...rest] = ranking(results, method);
  const last = rest.at(-1);
  if (!first || !last) return undefined;
  const amount = (mean: number) => {
    if (results.aggregate === 'share') return `${(100 * mean).toFixed(0)} % of the relevance`;
    if (results.aggregate === 'density') return `${number(mean, 2)} times what its area would hold`;
    return `${results.aggregate} ${number(mean)}`;
  };
  return `Over all images, relevance was highest in ${first.region} (${amount(first.mean)}) and lowest in ${last.region} (${amount(last.mean)}).`;
}

/** Where a test looked at all groups at once. */
function overall(results: StudyResults, method: string): string | undefined {
  const own = results.overall?.filter((comparison) => comparison.method === method);
  if (!own) return undefined;
  const corrected = results.tests.correction === 'none' ? '' : 'corrected ';
  const clear = own
    .filter(({ significant }) => significant)
    .map(({ region, corrected: p }) => `${region} (${corrected}${pIs(p!)})`);
  if (clear.length === 0) return `In no region do the groups differ${afterCorrection(results)}.`;
  return `The groups differ in ${listed(clear)}.`;
}

function differences(results: StudyResults, method: string): string[] {
  const own = results.comparisons.filter((comparison) => comparison.method === method);
  const pairs = new Map<string, Comparison[]>();
  for (const comparison of own) {
    const key = comparison.groups.join('\0');
    pairs.set(key, [...(pairs.get(key) ?? []), comparison]);
  }
  const symbol = effectSymbol(results.tests.effect);
  const corrected = results.tests.correction === 'none' ? '' : 'corrected ';
  return [...pairs.values()].map((comparisons) => {
    const [a, b] = comparisons[0]!.groups;
    const clear = comparisons.filter((comparison) => comparison.significant && comparison.effect);
    if (clear.length === 0) return `No region tells ${a} from ${b}${afterCorrection(results)}.`;
    const say = (comparison: Comparison) =>
      `${comparison.region} (${symbol}\u00a0=\u00a0${number(comparison.effect!.value, 2)}, ${corrected}${pIs(comparison.corrected!)})`;
    // Of several pairs it takes both groups to say which one is meant.
    const than = (other: string) => (pairs.size > 1 ? ` than for ${other}` : '');
    const higher = (who: string, other: string, sign: number) => {
      const regions = clear.filter((comparison) => Math.sign(comparison.effect!.value) === sign);
      return regions.length > 0 ? [`higher for ${who}${than(other)} in ${listed(regions.map(say))}`] : [];
    };
    return `It was ${[...higher(a, b, 1), ...higher(b, a, -1)].join(', and ')}.`;
  });
}
