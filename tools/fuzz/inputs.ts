/** The inputs of a run: one after another from a seed, each the damage of a real file. */
import { clone, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from '../../packages/onnx/src/generated/onnx_pb';
import { damageBytes } from './bytes';
import { damageTfjs, type TfjsFile } from './json';
import { type Random, randomOf } from './random';
import type { Seed } from './seeds';
import { damage } from './structure';

/** Files larger than this are taken once in so many draws: their damage takes seconds. */
const [LARGE, SELDOM] = [4e6, 400];

export interface Input {
  readonly from: string;
  readonly bytes: Uint8Array;
}

export function makeInputs(seeds: readonly Seed[], seed: string): (index: number) => Input {
  const large = seeds.filter(({ bytes }) => bytes.length > LARGE);
  const small = seeds.filter(({ bytes }) => bytes.length <= LARGE);
  const node = small.filter(({ name }) => name.startsWith('node/'));
  const tfjs = small.filter(({ name }) => name.startsWith('tfjs/'));
  const files = small.filter((one) => !node.includes(one) && !tfjs.includes(one));
  const parsed = new Map<Seed, ModelProto | undefined>();
  const modelOf = (one: Seed) => {
    if (!parsed.has(one)) parsed.set(one, messageOf(one.bytes));
    return parsed.get(one);
  };
  return (index) => {
    const random = randomOf(`${seed}/${index}`);
    const pools = [files, node, tfjs].filter((pool) => pool.length > 0);
    const isLarge = large.length > 0 && (pools.length === 0 || random.below(SELDOM) === 0);
    const one = random.of(isLarge ? large : random.of(pools));
    if (tfjs.includes(one)) {
      const damaged = damageTfjs(JSON.parse(new TextDecoder().decode(one.bytes)) as TfjsFile, random);
      return { from: `${one.name}, structure`, bytes: new TextEncoder().encode(JSON.stringify(damaged)) };
    }
    const model = random.below(4) === 0 ? undefined : modelOf(one);
    if (!model) return { from: `${one.name}, bytes`, bytes: damageBytes(one.bytes, random) };
    return { from: `${one.name}, structure`, bytes: damagedModel(model, random) };
  };
}

function messageOf(bytes: Uint8Array): ModelProto | undefined {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    return undefined;
  }
}

function damagedModel(model: ModelProto, random: Random): Uint8Array {
  const copy = clone(ModelProtoSchema, model);
  for (let times = 1 + random.below(5); times > 0; times--) damage(copy, ModelProtoSchema, random);
  return toBinary(ModelProtoSchema, copy);
}
