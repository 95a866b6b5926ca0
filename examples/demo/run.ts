/**
 * `pnpm demo`: the whole study on phantom X-rays, for a network that looks at the lungs and one that reads the marker.
 *
 * Both are right on every image. What the study measures tells them apart, and the words at the end are made from
 * those figures alone.
 */
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseStudy, runStudy, type StudyResults } from '@regional-saliency/study';
import cliProgress from 'cli-progress';
import { writePhantomStudy } from './write-study';

const here = fileURLToPath(new URL('./', import.meta.url));
const out = fileURLToPath(new URL('../../demo-report/', import.meta.url));
const networks = ['fair', 'shortcut'] as const;
type Network = (typeof networks)[number];

/** What a reader should know of each network's training, which the study does not. */
const trained: Readonly<Record<Network, string>> = {
  fair: 'trained where the marker in the corner says nothing',
  shortcut: 'trained where the marker gives the answer away',
};

const settingsFor = (network: Network) => ({
  title: `What does the ${network} network rely on?`,
  model: relative(out, join(here, `models/${network}.onnx`)),
  groups: { normal: 'images/normal', pneumonia: 'images/pneumonia' },
  classes: ['normal', 'pneumonia'],
  preprocessing: { size: [128, 128], channels: 1, mean: [0.5], std: [0.25] },
  methods: ['gradient', { id: 'grad-cam', layer: 'layer3' }, 'lrp-epsilon-plus'],
  regions: [
    {
      type: 'labels',
      file: 'regions/{group}/{image}.png',
      labels: { 1: 'right lung', 2: 'left lung', 3: 'heart', 4: 'marker' },
    },
  ],
  aggregate: 'density',
  output: join(out, network),
});

async function study(network: Network): Promise<StudyResults> {
  const config = parseStudy(settingsFor(network), join(out, `${network}.json`));
  const bar = new cliProgress.SingleBar(
    { format: `${network.padEnd(9)}{bar} {value}/{total} maps, {eta_formatted} left`, noTTYOutput: false },
    cliProgress.Presets.rect,
  );
  const { results } = await runStudy(config, {
    progress: ({ total, already = 0 }) => {
      bar.start(total, already);
      return { update: (done) => bar.update(Math.floor(done)), note: console.log, stop: () => bar.stop() };
    },
  });
  return results;
}

/** The mean density of a region over all images: 1 is what chance would give a region of its size. */
function densityOf(results: StudyResults, method: string, region: string, group?: string): number {
  const rows = results.summaries.filter(
    (row) => row.method === method && row.region === region && (group === undefined || row.group === group),
  );
  const count = rows.reduce((sum, row) => sum + row.n, 0);
  return rows.reduce((sum, row) => sum + (row.mean ?? 0) * row.n, 0) / count;
}

function table(results: StudyResults): string {
  const head = ['', ...results.regions].map((cell, index) =>
    index === 0 ? cell.padEnd(20) : cell.padStart(12),
  );
  const rows = results.methods.map(({ label }) =>
    [
      label.padEnd(20),
      ...results.regions.map((region) => densityOf(results, label, region).toFixed(2).padStart(12)),
    ].join(''),
  );
  return [head.join(''), ...rows].map((line) => `  ${line}`).join('\n');
}

/** What the figures say: where relevance is densest, by how many of the methods. */
function verdict(results: StudyResults): string {
  const places = results.methods.map(({ label }) => {
    const lungs = (densityOf(results, label, 'right lung') + densityOf(results, label, 'left lung')) / 2;
    const marker = densityOf(results, label, 'marker');
    return {
      label,
      place: lungs > marker ? 'lungs' : 'marker',
      ratio: lungs > marker ? lungs / marker : marker / lungs,
    };
  });
  const counted = (place: string) => places.filter((item) => item.place === place);
  const winner = counted('lungs').length >= counted('marker').length ? 'lungs' : 'marker';
  const agreeing = counted(winner);
  const ratios = agreeing.map(({ ratio }) => ratio);
  const range = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`;
  const other = winner === 'lungs' ? 'marker' : 'lungs';
  const who =
    agreeing.length === places.length
      ? `all ${places.length} methods`
      : agreeing.map(({ label }) => label).join(' and ');
  return `It relies on the ${winner}: by ${who}, relevance is ${range} times as dense there as on the ${other}.`;
}

function effects(results: StudyResults): string {
  const found = results.comparisons.filter((row) => row.region === 'right lung' && row.significant);
  const names = found.map(
    ({ method, corrected }) =>
      `${method} (p ${corrected! < 0.001 ? '< 0.001' : `= ${corrected!.toFixed(3)}`})`,
  );
  return names.length > 0
    ? `Right lung, where the opacities are: the groups differ by ${names.join(', ')}.`
    : 'Right lung, where the opacities are: no method finds a difference between the groups.';
}

const started = performance.now();
rmSync(out, { recursive: true, force: true });
console.log('Drawing 48 phantom chest radiographs, half with an opacity in the right lung.');
await writePhantomStudy(out, { seed: 2026, perGroup: 24, marker: 'honest', lung: 'right-lung' });
for (const network of networks) {
  const results = await study(network);
  console.log(`\nThe ${network} network (${trained[network]}). Density of relevance, 1 = chance:\n`);
  console.log(`${table(results)}\n\n  ${verdict(results)}\n  ${effects(results)}\n`);
}
console.log(
  `Done in ${((performance.now() - started) / 1000).toFixed(0)} s. The reports, with every image, plot and test:`,
);
for (const network of networks)
  console.log(`  ${relative(process.cwd(), join(out, network, 'report.html'))}`);
