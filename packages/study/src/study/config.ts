/**
 * study.json: what a study is, checked before anything runs.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { SaliencyError } from '@regional-saliency/core';
import { aggregations, reductions } from '@regional-saliency/regions';
import { z } from 'zod';
import { backendNames } from '../backends';
import { parseBytes } from '../memory';
import { type ChosenObjective, parseObjective, refuseIdleTarget } from '../objective';
import { type StudyTests, settledTests, testsSchema } from './tests';

const namesOf = <T extends object>(registry: T) =>
  Object.keys(registry) as [Extract<keyof T, string>, ...Extract<keyof T, string>[]];

const side = z.int().min(1);
const size = z.tuple([side, side]);

const preprocessing = z.strictObject({
  size: z.union([side, size]).optional(),
  crop: size.optional(),
  interpolation: z.enum(['bilinear', 'bicubic']).default('bilinear'),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
});

const method = z.strictObject({
  id: z.string(),
  label: z.string().min(1).optional(),
  layer: z.string().optional(),
  set: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

/** Whose image each is: a pattern whose one group is the patient in a file's name, or a table with the names of two columns. */
const patient = z
  .union([
    z.string(),
    z.strictObject({
      file: z.string(),
      image: z.string().default('image'),
      patient: z.string().default('patient'),
    }),
  ])
  .superRefine((given, context) => {
    if (typeof given !== 'string') return;
    let groups: number;
    try {
      // Beside nothing any pattern matches nothing, and shows how many groups it has.
      groups = new RegExp(`${given}|`).exec('')!.length - 1;
    } catch (error) {
      context.addIssue((error as Error).message);
      return;
    }
    if (groups !== 1)
      context.addIssue(`it has ${groups} groups in parentheses, and needs the one that is the patient`);
  });

const scan = z.strictObject({
  window: z.tuple([z.number(), z.number().positive()]).optional(),
  frame: z.int().min(0).optional(),
  axis: z
    .union([z.enum(['axial', 'coronal', 'sagittal']), z.literal(0), z.literal(1), z.literal(2)])
    .optional(),
  index: z.int().min(0).optional(),
  volume: z.int().min(0).optional(),
});

const schema = z.strictObject({
  title: z.string().optional(),
  model: z.string(),
  shapes: z.record(z.string(), z.array(z.union([z.literal('N'), z.int().min(1)]))).default({}),
  /** Layers that become the model's outputs. */
  outputs: z.array(z.string()).min(1).optional(),
  groups: z.record(z.string().min(1), z.string()),
  patient: patient.optional(),
  /** Only so many patients of each group, one image of each. */
  sample: z.strictObject({ patients: z.int().min(2), seed: z.int().min(0).default(0) }).optional(),
  /** What files of scanners leave open. */
  scan: scan.optional(),
  preprocessing,
  methods: z.array(z.union([z.string(), method])).min(1),
  /** Names of the model's outputs, for the report. */
  classes: z.array(z.string()).optional(),
  target: z.union([z.literal('predicted'), z.int().min(0)]).default('predicted'),
  /** Explained instead of the target's score, as `--objective` takes it. */
  objective: z.string().optional(),
  regions: z.array(z.unknown()).min(1),
  reduce: z.enum(namesOf(reductions)).default('sum-abs'),
  aggregate: z.enum(namesOf(aggregations)).default('mean'),
  resolution: z.enum(['image', 'map']).default('image'),
  /** Each region compared with its shape at random places inside a region of the study, or `image`. */
  null: z
    .strictObject({
      field: z.string().default('image'),
      draws: z.int().min(2).default(999),
      seed: z.int().min(0).default(0),
    })
    .optional(),
  /** The frame of each group's mean map: images as they are, or chests brought to a template's. */
  meanMaps: z.enum(['image', 'chest']).optional(),
  tests: testsSchema,
  backend: z.enum(backendNames).default('onnxruntime'),
  memory: z.union([z.string(), z.number()]).default('1 GiB'),
  batch: z.int().min(1).optional(),
  /** Images of each group that the report shows at first; 0 keeps no pictures. */
  examples: z.union([z.int().min(0), z.literal('all')]).default(4),
  output: z.string().optional(),
});

/** A study's settings with every default filled in and every path made absolute. */
export type StudyConfig = Omit<
  z.infer<typeof schema>,
  'methods' | 'memory' | 'output' | 'objective' | 'tests'
> & {
  readonly methods: readonly z.infer<typeof method>[];
  readonly objective?: ChosenObjective | undefined;
  readonly tests: StudyTests;
  /** Bytes. */
  readonly memory: number;
  readonly output: string;
  /** The folder that paths inside `regions` are relative to. */
  readonly folder: string;
};

/** Settings that the command line may say instead; `output` is then relative to where it is typed. */
export interface Overrides {
  readonly backend?: string | undefined;
  readonly output?: string | undefined;
}

const isObject = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/**
 * Reads and checks a study file. Paths in it are relative to its folder; without `output` the results go into a folder
 * beside it, named after it.
 *
 * @throws SaliencyError `bad-file` for a file that is missing or no JSON, `bad-input` naming the first wrong setting
 */
export async function readStudy(path: string, overrides: Overrides = {}): Promise<StudyConfig> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new SaliencyError('bad-file', `the study file ${path} can't be read: ${cause.message}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SaliencyError('bad-file', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  if (overrides.output !== undefined) given.push(['output', resolve(overrides.output)]);
  const changed = isObject(json) ? { ...json, ...Object.fromEntries(given) } : json;
  return parseStudy(changed, resolve(path));
}

/** Checks the content of a study file; `path` is where it lies. */
export function parseStudy(json: unknown, path: string): StudyConfig {
  const parsed = schema.safeParse(json);
  const name = basename(path);
  if (!parsed.success) {
    throw new SaliencyError('bad-input', `${name}: ${sentence(parsed.error.issues[0]!)}`);
  }
  const study = parsed.data;
  const folder = dirname(path);
  if (Object.keys(study.groups).length < 2) {
    throw new SaliencyError('bad-input', `${name}: "groups" needs at least two groups to compare`);
  }
  const { mean, std, channels } = study.preprocessing;
  if (mean.length !== std.length || ![1, 3].includes(mean.length)) {
    throw new SaliencyError(
      'bad-input',
      `${name}: "mean" and "std" of preprocessing need one number for each channel, 1 or 3`,
    );
  }
  if (channels && mean.length !== channels) {
    throw new SaliencyError(
      'bad-input',
      `${name}: preprocessing has ${channels} channels but ${mean.length} numbers in "mean"`,
    );
  }
  const objective = study.objective === undefined ? undefined : objectiveIn(study.objective, name);
  if (objective) refuseIdleTarget(objective, study.target, `${name}: "target"`);
  const output = study.output ?? `${basename(path, extname(path))}-results`;
  return {
    ...study,
    methods: study.methods.map((entry) => (typeof entry === 'string' ? { id: entry, set: {} } : entry)),
    memory: parseBytes(study.memory),
    tests: settledTests(study.tests),
    objective: objective?.reference
      ? { ...objective, reference: resolve(folder, objective.reference) }
      : objective,
    model: resolve(folder, study.model),
    groups: Object.fromEntries(
      Object.entries(study.groups).map(([group, path]) => [group, resolve(folder, path)]),
    ),
    output: resolve(folder, output),
    folder,
  };
}

function objectiveIn(text: string, name: string): ChosenObjective {
  try {
    return parseObjective(text);
  } catch (error) {
    if (!(error instanceof SaliencyError)) throw error;
    throw new SaliencyError('bad-input', `${name}: "objective" is wrong: ${error.message}`, { cause: error });
  }
}

/** A schema's complaint as the rest of a sentence: where, and what it should be. */
function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.length > 0 ? `"${issue.path.join('.')}"` : 'the file';
  if (issue.code === 'unrecognized_keys') {
    const inside = issue.path.length > 0 ? ` in ${where}` : '';
    return `there is no setting ${issue.keys.map((key) => `"${key}"`).join(', ')}${inside}`;
  }
  if (issue.code === 'invalid_value') return `${where} must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined')) {
    return `${where} is missing`;
  }
  return `${where} is wrong: ${issue.message.replace(/^Invalid input: /, '')}`;
}
