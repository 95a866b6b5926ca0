/** What was found: the viewer, the scores of regions, the comparison of groups, and the files to take along. */
import { type AggregationName, scoreRegions } from '@regional-saliency/regions';
import { corrections, tests } from '@regional-saliency/stats';
import {
  type Analysis,
  type Comparison,
  comparisonTable,
  correctionTitle,
  effectSymbol,
  findings,
  number,
  outlineOf,
  pValue,
  type ScoreRow,
  type StudyResults,
  scoreTable,
  testTitle,
  toCsv,
} from '@regional-saliency/study/browser';
import type { Item, SaliencyViewer } from '@regional-saliency/viewer';
import type { Calls } from './calls';
import { imageDataOf } from './decode';
import { attempt, download, element, find, setOptions, turn } from './page';
import type { RegionsPanel } from './regions-panel';
import { className, type Explained, type ExplainedImage, type Study } from './study';

/** Images of each group that are shown at first. */
const FIRST = 6;

/** The defaults of a study file. */
const settings = { family: 'method', effect: 'cohens-d', alpha: 0.05, seed: 0, permutations: 9999 } as const;

export function resultsPanel(study: Study, calls: Calls, regions: RegionsPanel): void {
  const panel = document.querySelector<HTMLElement>('#results')!;
  const viewer = find<SaliencyViewer>(panel, 'saliency-viewer');
  const select = (name: string) => find<HTMLSelectElement>(panel, `select[name=${name}]`);
  const button = (name: string) => find<HTMLButtonElement>(panel, `button[name=${name}]`);
  const [aggregate, rule, correction] = [select('aggregate'), select('rule'), select('correction')];
  const shown = select('shown');
  const said = find(panel, '.found .said');
  setOptions(
    rule,
    Object.keys(tests).map((id) => [id, id === 'seed-rule' ? 't or U, as fits' : testTitle(id)] as const),
  );
  setOptions(
    correction,
    [...Object.keys(corrections), 'max-t'].map((id) => [id, correctionTitle(id)] as const),
  );
  correction.value = 'bonferroni';

  let scores: ScoreRow[] = [];
  let names: string[] = [];
  let analysis: Analysis | undefined;
  let scorings = 0;

  /** Scores all maps by the regions as they are, and shows them; a comparison made before no longer holds. */
  async function score(): Promise<void> {
    const { explained } = study;
    if (!explained) return;
    const own = ++scorings;
    // What is compared must be what is shown.
    button('compare').disabled = true;
    await attempt(panel, async () => {
      const rows: ScoreRow[] = [];
      for (const each of explained.images) {
        each.regions = await regions.of(each.image);
        rows.push(...scored(each, explained.methods, aggregate.value as AggregationName));
        await turn();
        // Something was changed meanwhile, and all is scored anew.
        if (own !== scorings) return;
      }
      scores = rows;
      names = [...new Set(scores.map(({ region }) => region))];
      analysis = undefined;
      setOptions(shown, [
        ['', `the first ${FIRST} of each group`],
        ...groupsOf(explained).map((group) => [group, group] as const),
      ]);
      show();
      draw();
    });
  }

  function show(): void {
    const { explained } = study;
    if (explained) viewer.items = itemsOf(explained, scores, shown.value);
  }

  function draw(): void {
    const { explained } = study;
    if (!explained) return;
    const groups = groupsOf(explained);
    find(panel, '.empty').hidden = true;
    find(panel, '.found').hidden = false;
    button('compare').disabled = groups.length < 2 || names.length === 0;
    button('comparisons').disabled = button('report').disabled = !analysis;
    said.textContent = analysis ? '' : 'Compare the groups first: the report tells what was found.';
    const results = analysis && resultsOf(explained, analysis, names, aggregate.value);
    find(panel, '.findings').replaceChildren(
      ...(results
        ? findings(results).map((text, index) => sentence(explained.methods[index]!.label, text))
        : []),
    );
    find(panel, '.tables').replaceChildren(
      ...explained.methods.map(({ label }) => tableOf(label, { groups, names, scores, analysis })),
    );
  }

  button('compare').addEventListener('click', () =>
    attempt(panel, async () => {
      const { explained } = study;
      if (!explained) return;
      button('compare').disabled = true;
      said.textContent = 'Comparing …';
      try {
        const groups = groupsOf(explained);
        const small = groups.find(
          (group) => explained.images.filter((each) => each.group === group).length < 2,
        );
        if (small !== undefined)
          throw new Error(`${small} has one image only: add more, since groups are compared by their spread`);
        analysis = await calls.compare(scores, {
          groups,
          methods: explained.methods.map(({ label }) => label),
          regions: names,
          tests: { ...settings, rule: rule.value, correction: correction.value },
        });
      } finally {
        draw();
      }
    }),
  );
  button('scores').addEventListener('click', () =>
    download('scores.csv', 'text/csv', toCsv(scoreTable(scores))),
  );
  button('comparisons').addEventListener('click', () =>
    download('comparisons.csv', 'text/csv', toCsv(comparisonTable(analysis!.comparisons))),
  );
  button('report').addEventListener('click', () =>
    attempt(panel, async () => {
      const { explained } = study;
      if (!explained || !analysis) return;
      button('report').disabled = true;
      said.textContent = 'Writing the report …';
      try {
        const images = explained.images.map(({ image, shown, regions, ...own }) => ({
          image: image.name,
          group: own.group,
          target: own.target,
          predicted: own.predicted,
          shown,
          maps: own.maps,
          outlines: regions.map((region) => {
            const { width, height } = shown;
            return {
              name: region.name,
              outline: outlineOf({ width, height, data: region.mask(height, width).data }),
            };
          }),
        }));
        const results = resultsOf(explained, analysis, names, aggregate.value);
        download('report.html', 'text/html', await calls.report({ results, scores, images }));
        said.textContent = 'The report is one file, report.html, among your downloads.';
      } finally {
        button('report').disabled = false;
      }
    }),
  );

  study.on('explained', async () => {
    await score();
    // On a narrow window the results lie below all panels.
    const { top, bottom } = find(panel, 'h2').getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) panel.scrollIntoView();
  });
  study.on('regions', score);
  aggregate.addEventListener('change', score);
  shown.addEventListener('change', show);
  for (const choice of [rule, correction]) {
    choice.addEventListener('change', () => {
      analysis = undefined;
      draw();
    });
  }
}

const groupsOf = ({ images }: Explained) => [...new Set(images.map(({ group }) => group))];

/** An image's scores by all methods in all of its regions. */
function scored(
  { image, group, shown, maps, regions, target, predicted, output }: ExplainedImage,
  methods: Explained['methods'],
  aggregate: AggregationName,
): ScoreRow[] {
  return methods.flatMap(({ label }) => {
    const { data, height, width } = maps.get(label)!;
    const map = { data, shape: [1, height, width], dtype: 'float32' as const };
    const options = { aggregate, empty: 'nan', resolution: shown, images: [image.name] } as const;
    return scoreRegions(map, regions, options).map(({ region, score, pixels }): ScoreRow => {
      const confidence = regions.find(({ name }) => name === region)?.confidence;
      return {
        image: image.name,
        group,
        method: label,
        region,
        score: Number.isNaN(score) ? null : score,
        pixels,
        ...(confidence !== undefined && { confidence }),
        target,
        predicted,
        output,
      };
    });
  });
}

/** @param only a group's name; empty: the first of each */
function itemsOf({ images, classes, reduce }: Explained, scores: readonly ScoreRow[], only: string): Item[] {
  const scoreOf = new Map(
    scores.map((row) => [JSON.stringify([row.image, row.method, row.region]), row.score]),
  );
  const wanted = images.filter(({ group }, at) =>
    only ? group === only : at - images.findIndex((first) => first.group === group) < FIRST,
  );
  return wanted.map(({ image, group, shown, maps, regions, predicted }) => ({
    name: image.name,
    detail: `${group}, predicted ${className(classes, predicted)}`,
    image: imageDataOf(shown),
    maps: Object.fromEntries([...maps].map(([label, map]) => [label, { ...map, signed: reduce === 'sum' }])),
    regions: regions.map((region) => ({
      name: region.name,
      mask: (height: number, width: number) => region.mask(height, width),
      score: Object.fromEntries(
        [...maps.keys()].flatMap((label) => {
          const score = scoreOf.get(JSON.stringify([image.name, label, region.name]));
          return score === null || score === undefined ? [] : [[label, score] as const];
        }),
      ),
    })),
  }));
}

function resultsOf(
  explained: Explained,
  analysis: Analysis,
  regions: readonly string[],
  aggregate: string,
): StudyResults {
  const { model, methods, classes, target, reduce, backend, preprocessing, images, leftOut } = explained;
  const groups = groupsOf(explained);
  return {
    title: `What does ${model.name.replace(/\.[^.]+$/, '')} rely on?`,
    model: { file: model.name, sha256: model.sha256 },
    groups: groups.map((name) => ({ name, images: images.filter(({ group }) => group === name).length })),
    ...(classes.length > 0 && { classes }),
    methods,
    regions,
    target,
    reduce,
    aggregate,
    tests: analysis.tests,
    backend,
    preprocessing: { ...preprocessing },
    comparisons: analysis.comparisons,
    summaries: analysis.summaries,
    leftOut,
    versions: { 'regional-saliency in a browser': '0.1.0' },
  };
}

function sentence(label: string, text: string): HTMLElement {
  return element('p', {}, element('b', {}, label), ` ${text}`);
}

interface Found {
  readonly groups: readonly string[];
  readonly names: readonly string[];
  readonly scores: readonly ScoreRow[];
  readonly analysis: Analysis | undefined;
}

/** A method's table: a region a row; each group's mean and deviation, and each pair's test. */
function tableOf(label: string, { groups, names, scores, analysis }: Found): HTMLElement {
  const pairs = groups.flatMap((a, index) => groups.slice(index + 1).map((b) => [a, b] as const));
  const head = (text: string, title = '') => element('th', { scope: 'col', ...(title && { title }) }, text);
  const several = pairs.length > 1;
  const headers = [
    head('region'),
    ...groups.map((group) => head(group, 'mean ± standard deviation')),
    ...(analysis
      ? pairs.flatMap(([a, b]) => [head(several ? `${a} – ${b}` : 'p, corrected'), head('effect')])
      : []),
  ];
  const rows = names.map((region) => {
    const own = scores.filter((row) => row.method === label && row.region === region);
    const means = groups.map((group) => {
      const values = own.flatMap((row) => (row.group === group && row.score !== null ? row.score : []));
      return element('td', { class: 'number' }, meanOf(values));
    });
    const tested = analysis
      ? pairs.flatMap(([a, b]) => {
          const found = analysis.comparisons.find(
            (each) =>
              each.method === label && each.region === region && each.groups[0] === a && each.groups[1] === b,
          );
          return found ? comparisonCells(found, analysis.tests.effect) : [element('td'), element('td')];
        })
      : [];
    return element('tr', {}, element('th', { scope: 'row' }, region), ...means, ...tested);
  });
  return element(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': `Scores by ${label}` },
    element(
      'table',
      {},
      element('caption', {}, label),
      element('thead', {}, element('tr', {}, ...headers)),
      element('tbody', {}, ...rows),
    ),
  );
}

function meanOf(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return number(mean);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${number(mean)} ± ${number(Math.sqrt(variance), 2)}`;
}

function comparisonCells(
  { corrected, significant, effect, test, p, missing }: Comparison,
  symbol: string,
): HTMLElement[] {
  if (corrected === null) return [element('td', { colspan: 2, class: 'soft' }, missing ?? 'no test')];
  const title = `${testTitle(test)}, p = ${p === null ? '–' : pValue(p)} before correction`;
  return [
    element(
      'td',
      { class: significant ? 'number significant' : 'number', title },
      pValue(corrected),
      significant ? ' *' : '',
    ),
    element(
      'td',
      { class: 'number' },
      effect
        ? `${effectSymbol(symbol)} ${number(effect.value, 2)} (${number(effect.low, 2)} to ${number(effect.high, 2)})`
        : '–',
    ),
  ];
}
