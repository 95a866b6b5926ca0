/**
 * `tsx tools/lungs/evaluate-cuts.ts DATA…`: what chestRegions makes of X-rays that are cut, turned or trimmed. `--help` says
 * more.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chestRegions } from '@regional-saliency/chest';
import type { Tensor } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { readImage } from '../../packages/study/src/images/decode';
import { aslant, cuts, part, trims, turned } from './cuts';
import { dice } from './distance';
import { masksOf } from './masks';

const help = `tsx tools/lungs/evaluate-cuts.ts FOLDER… [--every N] [--from N]

Each FOLDER holds images/ and masks/ (drawn by hand), or X-rays without masks, in folders or not: what is found in the whole film is
then what the masks of its parts are held against. Prints for each kind of cut how many are refused, and of those taken the Dice
coefficient of both lungs (least, median) and how much of the smaller-kept lung was left (least); then the same by that share.

  --every N   only every Nth X-ray of a folder (default 1), beginning with --from (default 0)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || positionals.length === 0) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}
const backend = onnxruntimeBackend(ort, { threads: 1 });
const find = (image: Tensor) => chestRegions(image, { backend });

interface Film {
  readonly name: string;
  readonly image: Tensor;
  readonly labels: Tensor;
}

async function filmsOf(folder: string): Promise<Film[]> {
  const chosen = <T>(all: readonly T[]) =>
    all.filter((_, at) => at % Number(values.every) === Number(values.from));
  if (existsSync(join(folder, 'masks'))) return chosen(await masksOf(folder));
  const files = (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => /\.(png|jpe?g)$/i.test(file))
    .sort();
  const films: Film[] = [];
  for (const name of chosen(files)) {
    const { data, height, width, channels } = await readImage(join(folder, name));
    const grey = Uint8Array.from({ length: height * width }, (_, at) => data[at * channels]!);
    const image: Tensor = { data: grey, shape: [height, width], dtype: 'uint8' };
    const found = await find(image);
    if (found.found) films.push({ name, image, labels: found.labels });
    else console.log(`refused as a whole: ${name}: ${found.reason}`);
  }
  return films;
}

type Change = (image: Tensor) => Tensor;
const boxes = (all: typeof cuts, prefix: string) =>
  Object.entries(all).map(([name, box]): [string, Change] => [
    `${prefix}${name}`,
    (image) => part(image, box),
  ]);
const turns = [10, 15, 20, 25, 30, 35, 45, 90, 180].flatMap((degrees) =>
  (degrees < 90 ? [degrees, -degrees] : [degrees]).map((angle): [string, Change] => [
    `turned by ${degrees}`,
    (image) => turned(image, angle),
  ]),
);
const changes: readonly (readonly [string, Change])[] = [
  ['whole', (image) => image],
  ...boxes(trims, 'without '),
  ...boxes(cuts, ''),
  ...(['falling', 'rising'] as const).map((which): [string, Change] => [
    `${which} diagonal`,
    (image) => aslant(image, which),
  ]),
  ...turns,
];

interface Outcome {
  readonly kind: string;
  readonly left: number;
  /** Of what was taken. */
  readonly dice?: number;
}

const count = ({ data }: Tensor, label: number) =>
  (data as Uint8Array).reduce((sum, value) => sum + Number(value === label), 0);
const lungs = ({ data }: Tensor) =>
  Uint8Array.from(data as Uint8Array, (label) => Number(label === 1 || label === 2));
const at = (numbers: readonly number[], share: number) =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(share * numbers.length))]!;

function line(name: string, outcomes: readonly Outcome[]) {
  const taken = outcomes.filter((each) => each.dice !== undefined);
  const dices = taken.map((each) => each.dice!);
  const left = taken.map((each) => each.left);
  const of =
    taken.length === 0
      ? ''
      : `; taken ${taken.length}: Dice ${at(dices, 0).toFixed(2)}, ${at(dices, 0.5).toFixed(2)}, a lung left to ${at(left, 0).toFixed(2)} at least`;
  console.log(`  ${name.padEnd(22)} refused ${outcomes.length - taken.length} of ${outcomes.length}${of}`);
}

for (const folder of positionals) {
  const films = await filmsOf(folder);
  console.log(`\n${folder.split('/').slice(-2).join('/')}: ${films.length} X-rays`);
  const outcomes: Outcome[] = [];
  for (const { image, labels } of films) {
    for (const [kind, change] of changes) {
      const truth = change(labels);
      const left = Math.min(...[1, 2].map((lung) => count(truth, lung) / count(labels, lung)));
      const found = await find(change(image));
      outcomes.push({ kind, left, ...(found.found && { dice: dice(lungs(found.labels), lungs(truth)) }) });
    }
  }
  for (const kind of new Set(changes.map(([name]) => name)))
    line(
      kind,
      outcomes.filter((each) => each.kind === kind),
    );
  const upright = outcomes.filter(({ kind }) => !kind.startsWith('turned'));
  console.log('  by what is left of the lung that lost more, turned ones aside');
  for (const [low, high] of [
    [0, 0.5],
    [0.5, 0.8],
    [0.8, 0.95],
    [0.95, 1.01],
  ] as const)
    line(
      `${low} to ${Math.min(high, 1)}`,
      upright.filter(({ left }) => left >= low && left < high),
    );
}
