/** The parity table as text. */
import type { MethodOptions } from '@regional-saliency/methods';
import type { Row } from './cells';
import { median, worst } from './compare';

export interface Result {
  readonly method: string;
  readonly network: string;
  readonly options: MethodOptions;
  /** Footnotes. */
  readonly note: string;
  /** Errors of each image against float64. */
  readonly ours?: readonly number[];
  readonly peer?: readonly number[];
  /** Errors of the sums of relevance: ours, the peer's float32. */
  readonly sums?: readonly number[];
  readonly peerSums?: readonly number[];
  readonly verdict: 'within' | 'too far' | 'gate' | 'divisor' | 'moved' | 'sums' | 'none' | 'error';
  readonly why?: string;
  /** The map, until it has been compared. */
  readonly live?: unknown;
  /** The program under Python's onnxruntime: how far from the live map in batches of 1 and 5. */
  readonly compiled?: { readonly fromLive: readonly number[]; readonly good: boolean; readonly why?: string };
}

const columns = 4;
const first = 30;
const wide = 24;
const small = (value: number) => (value === 0 ? '0' : value.toExponential(0)).padStart(5);

const notes: Readonly<Record<string, string>> = {
  d: 'by its definition: no peer has it, or only with other weights',
  e: 'the same component in float64; pytorch-grad-cam casts it to float32, and its sign is whatever the SVD gives',
  f: 'fixed factors (layer scale, 1/√d) pass relevance unchanged; Zennit sees modules only and scales it',
  g: 'gates: signal takes all, given to Zennit as a function of its own',
  k: 'the channels masked by a hook in front of Zennit’s; zennit-crp does the same',
  l: 'by its rules as autograd functions: Captum refuses activations called twice and drops shares of overlapping pools',
  m: 'the peer gets the network with every step as a module of its own, since it sees modules only',
  n: 'norms that are not folded and softmax pass relevance, as Zennit lets batch norms do',
  o: 'float64 by its definition, since Captum sums Occlusion in float32; the peer is Captum',
  s: 'Zennit gets residual sums, averages and norms as modules, and batch norms folded by what follows what',
  w: 'pytorch-grad-cam’s formula in full precision, the paper’s zeros for channels that are off',
  x: 'attention, softmax, norms and sums by lxt, its ε with Zennit’s sign',
  '6': 'ReLU6 by a rule of its own, which the peer has not',
};

function cellText({ ours, peer, note, verdict }: Result): string {
  if (verdict === 'none') return '    –';
  if (verdict === 'error') return ' error';
  const [own, theirs] = [worst(ours!), worst(peer!)];
  const ratio = theirs === 0 ? (own === 0 ? '1' : '∞') : (own / theirs).toFixed(own / theirs < 9.95 ? 1 : 0);
  const mark = { within: ' ', gate: '†', divisor: '‡', moved: '≈', sums: '~', 'too far': '*' }[verdict];
  return `${small(own)} ${small(theirs)} ${ratio.padStart(4)}${mark}${note}`;
}

export function printTable(
  results: readonly Result[],
  rows: readonly Row[],
  networks: readonly string[],
): void {
  console.log(
    'The largest difference from float64 over the largest value, worst image: ours, the peer in float32, their ratio.',
  );
  for (let start = 0; start < networks.length; start += columns) {
    const shown = networks.slice(start, start + columns);
    console.log(`\n${''.padEnd(first)}${shown.map((name) => name.padEnd(wide)).join('')}`.trimEnd());
    for (const { method } of rows) {
      const cells = shown.map((network) => {
        const result = results.find((each) => each.method === method && each.network === network);
        return (result ? cellText(result) : '').padEnd(wide);
      });
      console.log(`${method.padEnd(first)}${cells.join('')}`.trimEnd());
    }
  }
}

/** Where there are many images: median and worst. */
export function printLong(results: readonly Result[]): void {
  const long = results.filter(({ ours }) => ours && ours.length >= 20);
  if (long.length === 0) return;
  const number = (value: number) => value.toExponential(1).padStart(9);
  const near = (values: readonly number[]) => String(values.filter((value) => value <= 1e-5).length);
  console.log(
    `\nOver many images, median and worst, and how many are within 1e-5\n${''.padEnd(first)}${'network'.padEnd(12)} images   ours              the peer          within`,
  );
  for (const { method, network, ours, peer } of long) {
    const [own, theirs] = [ours!, peer!].map((errors) => `${number(median(errors))}${number(worst(errors))}`);
    console.log(
      `${method.padEnd(first)}${network.padEnd(12)} ${String(ours!.length).padStart(6)}${own}${theirs}    ${near(ours!)}, ${near(peer!)}`,
    );
  }
}

/** Programs in files: the largest difference from the live map. */
export function printCompiled(results: readonly Result[]): void {
  const run = results.filter(({ compiled }) => compiled);
  if (run.length === 0) return;
  const networks = [...new Set(run.map(({ network }) => network))];
  console.log(
    '\nPrograms in files under Python’s onnxruntime: largest difference from the live map, in batches of 1 and 5',
  );
  for (let start = 0; start < networks.length; start += columns + 1) {
    const shown = networks.slice(start, start + columns + 1);
    console.log(`\n${''.padEnd(first)}${shown.map((name) => name.padEnd(20)).join('')}`.trimEnd());
    for (const method of new Set(run.map((result) => result.method))) {
      const cells = shown.map((network) => {
        const found = run.find((each) => each.method === method && each.network === network)?.compiled;
        const text = found && (found.why ? ' error' : found.fromLive.map(small).join(' '));
        return `${text ?? ''}${found && !found.good && !found.why ? ' *' : ''}`.padEnd(20);
      });
      console.log(`${method.padEnd(first)}${cells.join('')}`.trimEnd());
    }
  }
}

/** What marks and letters mean, and each cell that is not as it should be. */
export function printFootnotes(results: readonly Result[], missing: readonly string[]): void {
  console.log(
    `\n${results.filter(({ verdict }) => verdict === 'within').length} of ${results.length} cells are within 1e-5, or three times the peer's own error; relevance sums within 1e-3.`,
  );
  const used = new Set(results.flatMap(({ note, verdict }) => (verdict === 'none' ? [] : [...note])));
  for (const [letter, text] of Object.entries(notes)) if (used.has(letter)) console.log(`${letter}  ${text}`);
  const of = (verdict: Result['verdict']) => results.filter((result) => result.verdict === verdict);
  const told = (mark: string, meaning: string, cells: readonly Result[]) => {
    if (cells.length > 0) console.log(`${mark}  ${meaning}`);
    for (const { method, network, why, ours, peer, sums, peerSums } of cells) {
      const figures = ours && `${worst(ours).toExponential(1)}, the peer ${worst(peer!).toExponential(1)}`;
      const sum =
        sums && worst(sums) > 1e-3
          ? `sums off by ${worst(sums).toExponential(1)}, the peer's by ${worst(peerSums!).toExponential(1)}`
          : undefined;
      console.log(`   ${method}/${network}: ${[figures, sum, why].filter(Boolean).join('; ')}`);
    }
  };
  told(
    '†',
    'a gate or a pool flipped: units within rounding of an edge or of each other; on our side of it, float64 gives our map',
    of('gate'),
  );
  told(
    '‡',
    'divided by what rounding makes of nearly nothing; by our divisors, float64 gives our map',
    of('divisor'),
  );
  told(
    '≈',
    "no further than float64 itself goes when numbers are rounded as float32 rounds them; the peer's figure is one draw too",
    of('moved'),
  );
  told('~', "sums off by more than 1e-3, as the peer's own float32 has them", of('sums'));
  told('*', 'too far, and no cause was found that explains it', of('too far'));
  told('error', 'it could not be done', of('error'));
  const refused = new Map<string, string[]>();
  for (const { method, network, why } of of('none'))
    refused.set(why!, [...(refused.get(why!) ?? []), `${method}/${network}`]);
  for (const [why, cells] of refused) console.log(`–  ${why}: ${cells.join(' ')}`);
  const files = results.filter(({ compiled }) => compiled && !compiled.good);
  for (const { method, network, compiled } of files)
    console.log(
      `file  ${method}/${network}: ${compiled!.why ?? 'neither the live map to 1e-5 nor within its bound'}`,
    );
  if (missing.length > 0) console.log(`not in this table: ${missing.join(', ')}`);
}
