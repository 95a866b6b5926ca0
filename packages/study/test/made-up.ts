/** A made-up study for testing the report: two groups, three methods, three regions, pictures drawn by formula. */
import sharp from 'sharp';
import { levelsOf } from '../src/overlay/levels';
import { encodePng } from '../src/overlay/overlay';
import { labelPointOf, outlineOf } from '../src/report/outline';
import type { Example, ReportInput } from '../src/report/report';
import type { Comparison, GroupSummary, ScoreRow, StudyResults } from '../src/results';

const SIDE = 96;
const groups = ['NORMAL', 'PNEUMONIA'];
const methods = ['gradient', 'grad-cam', 'lrp-epsilon-plus'];
const regions = ['left lung', 'heart', 'right lung'];

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

const masks = [ellipse(28, 50, 15, 32), ellipse(52, 62, 12, 16), ellipse(70, 50, 15, 32)];

async function example(group: string, index: number): Promise<Example> {
  const random = numbers(index * 7 + group.length);
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const lung = masks[0]![i] || masks[2]![i];
    const ribs = Math.sin(Math.floor(i / SIDE) / 3) * (lung ? 16 : 6);
    return (lung ? 70 : 150) + ribs + 20 * random();
  });
  const maps: Record<string, Uint8Array> = {};
  for (const method of methods) {
    const spread = method === 'grad-cam' ? 16 : 9;
    const [cx, cy] = [20 + 60 * random(), 30 + 40 * random()];
    const noise = method === 'grad-cam' ? 0 : 0.5;
    const map = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
      const near = Math.exp(-(((i % SIDE) - cx) ** 2 + (Math.floor(i / SIDE) - cy) ** 2) / (2 * spread ** 2));
      return near * (1 - noise + noise * random() * 2) + noise * 0.2 * random() ** 3;
    });
    const levels = levelsOf({ width: SIDE, height: SIDE, data: map }, false);
    maps[method] = await encodePng({ width: SIDE, height: SIDE, channels: 1, data: levels.data });
  }
  return {
    image: `${group}/image-${index + 1}.jpeg`,
    group,
    target: groups.indexOf(group),
    predicted: groups.indexOf(group),
    width: SIDE,
    height: SIDE,
    picture: await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 1 } })
      .jpeg({ quality: 88 })
      .toBuffer(),
    maps,
    regions: masks.map((mask, i) => ({
      name: regions[i]!,
      outline: outlineOf({ width: SIDE, height: SIDE, data: mask }),
      label: labelPointOf({ width: SIDE, height: SIDE, data: mask }),
    })),
  };
}

export async function madeUpStudy(): Promise<ReportInput> {
  const random = numbers(1);
  const bell = () => random() + random() + random() + random() - 2;
  const scores: ScoreRow[] = [];
  const summaries: GroupSummary[] = [];
  const comparisons: Comparison[] = [];
  methods.forEach((method, m) => {
    regions.forEach((region, r) => {
      const shift = [0.6, -0.1, 1.1][r]! * [1, 0.4, 1.3][m]!;
      for (const group of groups) {
        const values = Array.from(
          { length: 20 },
          () => 0.2 + 0.02 * r + 0.05 * (bell() + (group === 'NORMAL' ? 0 : shift)),
        );
        values.forEach((score, i) => {
          const target = groups.indexOf(group);
          scores.push({
            image: `${group}/image-${i + 1}.jpeg`,
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
        const mean = sorted.reduce((a, b) => a + b) / 20;
        summaries.push({
          method,
          region,
          group,
          n: 20,
          missing: 0,
          mean,
          sd: 0.03,
          minimum: sorted[0]!,
          q1: sorted[5]!,
          median: sorted[10]!,
          q3: sorted[15]!,
          maximum: sorted[19]!,
        });
      }
      const p = shift > 1 ? 3.1e-5 : shift > 0.5 ? 0.011 : 0.62;
      const value = -shift * 1.1;
      comparisons.push({
        method,
        region,
        groups: ['NORMAL', 'PNEUMONIA'],
        n: [20, 20],
        test: r === 1 ? 'mann-whitney' : 'student',
        statistic: r === 1 ? 171 : value * 3.1,
        p,
        corrected: Math.min(1, 3 * p),
        significant: 3 * p < 0.05,
        effect: { value, low: value - 0.65, high: value + 0.65 },
        details: {},
      });
    });
  });
  const results: StudyResults = {
    title: 'Where does the model look: NORMAL against PNEUMONIA',
    model: { file: 'made-up.onnx', sha256: 'c0ffee'.repeat(10).padEnd(64, '0') },
    groups: groups.map((name) => ({ name, images: 20 })),
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
        image: 'PNEUMONIA/notes.png',
        group: 'PNEUMONIA',
        reason: 'notes.png is not an image that can be read: it contains unsupported image format',
      },
    ],
    versions: { '@regional-saliency/study': '0.1.0', 'onnxruntime-node': '1.30.0', node: 'v20' },
  };
  const examples = await Promise.all(
    groups.flatMap((group) => Array.from({ length: 4 }, (_, index) => example(group, index))),
  );
  return { results, scores, examples, signed: false };
}
