/** Damage without regard to structure: bytes changed, cut, doubled, and lengths made wrong. */
import type { Random } from './random';

export function damageBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes.slice();
  for (let times = 1 + random.below(6); times > 0; times--) {
    const at = random.below(result.length);
    const length = random.below(Math.min(200, result.length - at) + 1);
    const changes: (() => Uint8Array)[] = [
      () => result.with(at, random.below(256)),
      () => result.with(at, result[at]! ^ (1 << random.below(8))),
      () => result.fill(0xff, at, Math.min(at + 9, result.length)),
      () => result.slice(0, at),
      () => joined(result.subarray(0, at), result.subarray(at + length)),
      () => joined(result.subarray(0, at + length), result.subarray(at)),
      () => result.fill(random.of([0, 1, 0x7f, 0x80, 0xff]), at, at + length),
    ];
    if (result.length > 0) result = random.of(changes)() as Uint8Array<ArrayBuffer>;
  }
  return result;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}
