/** A made-up study for testing the report, of any size, with pictures drawn by formula. */
import sharp from 'sharp';
import { levelsOf } from '../src/overlay/levels';
import { encodePng } from '../src/overlay/overlay';
import { outlineOf } from '../src/report/outline';
import type { Picture } from '../src/report/pictures';
import type { ReportImage, ReportInput } from '../src/report/report';
import { viewerScript } from '../src/report/viewer';
import type { Comparison, GroupSummary, ScoreRow, StudyResults } from '../src/results';
import { analyse } from '../src/study/analyse';
import { settledTests, testsSchema } from '../src/study/tests';

const SIDE = 96;

export interface MadeUp {
  readonly groups: readonly string[];
  readonly methods: readonly string[];
  readonly regions: readonly string[];
  /** Images of each group that are scored, and that have pictures. */
  readonly count: number;
  readonly pictures: number;
}

const usual: MadeUp = {
  groups: ['NORMAL', 'PNEUMONIA'],
  methods: ['gradient', 'grad-cam', 'lrp-epsilon-plus'],
  regions: ['left lung', 'heart', 'right lung'],
  count: 20,
  pictures: 4,
};

/** A small linear congruential generator: the same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function ellipse(cx: number, cy: number, rx: number, ry: number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = (i % SIDE) - cx;
    const y = Math.floor(i / SIDE) - cy;
    return (x / rx) ** 2 + (y / ry) ** 2 < 1 ? 1 : 0;
  });
}

const masks = [
  ellipse(28, 50, 15, 32),
  ellipse(52, 62, 12, 16),
  ellipse(70, 50, 15, 32),
  ellipse(48, 86, 40, 8),
  ellipse(48, 16, 12, 12),
  ellipse(86, 10, 7, 7),
];

async function madeUpImage(
  group: string,
  index: number,
  { groups, methods, regions }: MadeUp,
): Promise<ReportImage> {
  const random = numbers(index * 7 + group.length);
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const lung = masks[0]![i] || masks[2]![i];
    const ribs = Math.sin(Math.floor(i / SIDE) / 3) * (lung ? 16 : 6);
    return (lung ? 70 : 150) + ribs + 20 * random();
  });
  const maps: Record<string, string> = {};
  for (const method of methods) {
    const spread = method === 'grad-cam' ? 16 : 9;
    const [cx, cy] = [20 + 60 * random(), 30 + 40 * random()];
    const noise = method === 'grad-cam' ? 0 : 0.5;
    const map = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
      const near = Math.exp(-(((i % SIDE) - cx) ** 2 + (Math.floor(i / SIDE) - cy) ** 2) / (2 * spread ** 2));
      return near * (1 - noise + noise * random() * 2) + noise * 0.2 * random() ** 3;
    });
    const levels = levelsOf({ width: SIDE, height: SIDE, data: map }, false);
    const png = await encodePng({ width: SIDE, height: SIDE, channels: 1, data: levels.data });
    maps[method] = Buffer.from(png).toString('base64');
  }
  const jpeg = await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .jpeg({ quality: 88 })
    .toBuffer();
  const content: Picture = {
    width: SIDE,
    height: SIDE,
    picture: jpeg.toString('base64'),
    maps,
    regions: masks.slice(0, regions.length).map((mask, i) => ({
      name: regions[i]!,
      outline: outlineOf({ width: SIDE, height: SIDE, data: mask }),
    })),
  };
  return {
    name: `${groups.indexOf(group)}-${index}`,
    image: `image-${index + 1}.jpeg`,
    group,
    target: groups.indexOf(group),
    predicted: groups.indexOf(group),
    content,
  };
}

export async function madeUpStudy(size: Partial<MadeUp> = {}): Promise<ReportInput> {
  const made = { ...usual, ...size };
  const { groups, methods, regions, count, pictures } = made;
  const random = numbers(1);
  const bell = () => random() + random() + random() + random() - 2;
  // What methods of a kind see alike in an image.
  const kinds = [numbers(2), numbers(3), numbers(4)];
  const alike = kinds.map((next) => {
    const drawn = new Map<string, number>();
    return (image: string) => {
      if (!drawn.has(image)) drawn.set(image, 2.4 * next() - 1.2);
      return drawn.get(image)!;
    };
  });
  const scores: ScoreRow[] = [];
  const summaries: GroupSummary[] = [];
  const comparisons: Comparison[] = [];
  const pairs = groups.flatMap((a, index) => groups.slice(index + 1).map((b) => [a, b] as const));
  methods.forEach((method, m) => {
    regions.forEach((region, r) => {
      const shift = [0.6, -0.1, 1.1, -0.9, 0.3, 0][r % 6]! * [1, 0.4, 1.3][m % 3]!;
      groups.forEach((group, g) => {
        const values = Array.from({ length: count }, (_, i) => {
          const own = alike[m % 3]!([group, region, i].join());
          return 0.2 + 0.02 * r + 0.05 * (0.6 * bell() + own + g * shift);
        });
        values.forEach((score, i) => {
          const target = g;
          scores.push({
            image: `image-${i + 1}.jpeg`,
            group,
            method,
            region,
            score,
            pixels: 1500,
            target,
            predicted: target,
            output: 2.5,
          });
        });
        const sorted = values.sort((a, b) => a - b);
        const mean = sorted.reduce((a, b) => a + b) / count;
        const at = (part: number) => sorted[Math.min(count - 1, Math.floor(part * count))]!;
        summaries.push({
          method,
          region,
          group,
          n: count,
          missing: 0,
          mean,
          sd: 0.03,
          minimum: at(0),
          q1: at(0.25),
          median: at(0.5),
          q3: at(0.75),
          maximum: at(1),
        });
      });
      for (const pair of pairs) {
        const apart = shift * (groups.indexOf(pair[1]) - groups.indexOf(pair[0]));
        const p = Math.abs(apart) > 1 ? 3.1e-5 : Math.abs(apart) > 0.5 ? 0.011 : 0.62;
        const value = -apart * 1.1;
        comparisons.push({
          method,
          region,
          groups: pair,
          n: [count, count],
          test: r === 1 ? 'mann-whitney' : 'student',
          statistic: r === 1 ? 171 : value * 3.1,
          p,
          corrected: Math.min(1, 3 * p),
          significant: 3 * p < 0.05,
          effect: { value, low: value - 0.65, high: value + 0.65 },
          details: {},
        });
      }
    });
  });
  const results: StudyResults = {
    title: `Where does the model look: ${groups.join(' against ')}`,
    model: { file: 'made-up.onnx', sha256: 'c0ffee'.repeat(10).padEnd(64, '0') },
    groups: groups.map((name) => ({ name, images: count })),
    methods: methods.map((id) => ({
      label: id,
      id,
      layer: id === 'grad-cam' ? 'layer4' : undefined,
      options: {},
    })),
    regions,
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
      permutations: 9999,
      unit: 'image',
    },
    backend: 'onnxruntime',
    preprocessing: {
      size: [224, 224],
      interpolation: 'bilinear',
      channels: 3,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
    comparisons,
    summaries,
    leftOut: [
      {
        image: 'notes.png',
        group: 'PNEUMONIA',
        reason: 'notes.png is not an image that can be read: it contains unsupported image format',
      },
    ],
    versions: { '@regional-saliency/study': '0.1.0', 'onnxruntime-node': '1.30.0', node: 'v20' },
  };
  const images = await Promise.all(
    groups.flatMap((group) =>
      Array.from({ length: pictures }, (_, index) => madeUpImage(group, index, made)),
    ),
  );
  return { results, scores, images, shown: 4, signed: false, viewer: await viewerScript() };
}

/** The same with several groups, tested all at once by a rule such as `anova`. */
export async function severalGroups(rule: string, size: Partial<MadeUp> = {}): Promise<ReportInput> {
  const study = await madeUpStudy({ groups: ['NORMAL', 'BACTERIA', 'VIRUS'], ...size });
  const { groups, methods, regions } = study.results;
  const analysis = await analyse(study.scores, {
    groups: groups.map(({ name }) => name),
    methods: methods.map(({ label }) => label),
    regions,
    tests: settledTests(testsSchema.parse({ rule, correction: 'holm' })),
  });
  return { ...study, results: { ...study.results, ...analysis } };
}
