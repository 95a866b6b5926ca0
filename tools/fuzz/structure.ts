/**
 * Damage by structure: a message of a file is seen as a tree of places, each a field or an entry of a list, and a place gets
 * another value: one at an edge of its type, or one from elsewhere in the same file. What comes out still parses.
 */
import { clone, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import type { Random } from './random';

/** A place that holds something: `holder[key]`. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
  readonly field: DescField;
}

/** What a list, a member of a oneof or a field holds. */
type Kind = { readonly scalar?: ScalarType; readonly message?: DescMessage; readonly isEnum?: boolean };

const kindOf = (field: DescField): Kind => {
  if (field.fieldKind === 'list') {
    if (field.listKind === 'scalar') return { scalar: field.scalar };
    return field.listKind === 'message' ? { message: field.message } : { isEnum: true };
  }
  if (field.fieldKind === 'scalar') return { scalar: field.scalar };
  return field.fieldKind === 'message' ? { message: field.message } : { isEnum: true };
};

/** All places of a message and of those in it. */
function placesOf(root: Message, schema: DescMessage): Place[] {
  const places: Place[] = [];
  const stack: [Message, DescMessage][] = [[root, schema]];
  while (stack.length > 0) {
    const [message, desc] = stack.pop()!;
    const holder = message as unknown as Record<string, unknown>;
    for (const field of desc.fields) {
      const { message: inner } = kindOf(field);
      const visit = (value: unknown) => {
        if (inner && value && typeof value === 'object') stack.push([value as Message, inner]);
      };
      const one = field.oneof
        ? (holder[field.oneof.localName] as { case?: string; value?: unknown })
        : undefined;
      if (one) {
        if (one.case !== field.localName) continue;
        places.push({ holder: one as Record<string, unknown>, key: 'value', field });
        visit(one.value);
        continue;
      }
      const value = holder[field.localName];
      if (field.fieldKind === 'list') {
        const list = value as unknown[];
        places.push({ holder, key: field.localName, field });
        // Of long lists of numbers a few entries say as much as all.
        const step = Math.max(1, Math.floor(list.length / 64));
        for (let at = 0; at < list.length; at += inner ? 1 : step) {
          places.push({ holder: list, key: at, field });
          visit(list[at]);
        }
      } else if (value !== undefined) {
        places.push({ holder, key: field.localName, field });
        visit(value);
      }
    }
  }
  return places;
}

const edges = [0, 1, -1, 2, 3, 5, 7, 127, 255, 1024, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, 2 ** 53];
const bigEdges = [...edges.map(BigInt), 2n ** 63n - 1n, -(2n ** 63n), 10n ** 9n];
const floatEdges = [0, -0, 1, -1, 0.5, 1e-45, 3.4e38, Number.NaN, Infinity, -Infinity];

/** One change at one place. */
export function damage(root: Message, schema: DescMessage, random: Random): void {
  const places = placesOf(root, schema);
  const place = random.of(places);
  const { holder, key, field } = place;
  const isList = field.fieldKind === 'list' && typeof key === 'string';
  if (isList) damageList(holder as Record<string, unknown>, key, field, places, random);
  else (holder as Record<string | number, unknown>)[key] = another(place, places, random);
}

function damageList(
  holder: Record<string, unknown>,
  key: string,
  field: DescField,
  places: readonly Place[],
  random: Random,
): void {
  const list = holder[key] as unknown[];
  const at = random.below(list.length + 1);
  const entries = places.filter((place) => place.field === field && typeof place.key === 'number');
  const borrowed = entries.length > 0 ? copyOf(random.of(entries)) : undefined;
  const changes: (() => void)[] = [
    () => list.splice(at, 1),
    () => list.splice(at, list.length),
    () => list.reverse(),
    () => borrowed !== undefined && list.splice(at, 0, borrowed),
    () => borrowed !== undefined && list.splice(at, 0, ...new Array(random.below(40)).fill(borrowed)),
    () => list.length > 0 && list.push(list[random.below(list.length)]),
  ];
  random.of(changes)();
}

/** Another value for a place: of the same kind from elsewhere, or an edge of its type. */
function another(place: Place, places: readonly Place[], random: Random): unknown {
  const { field } = place;
  const { scalar, message } = kindOf(field);
  const same = places.filter(({ field: other, key, holder }) => {
    const isEntry = other.fieldKind !== 'list' || typeof key === 'number';
    const kind = kindOf(other);
    return isEntry && kind.scalar === scalar && kind.message === message && holder !== place.holder;
  });
  if (same.length > 0 && random.below(3) > 0) return copyOf(random.of(same));
  if (message) return (place.holder as Record<string | number, unknown>)[place.key];
  switch (scalar) {
    case ScalarType.STRING:
      return random.of(['', 'x', '../../secret', '/etc/hostname', '\0', '__proto__', 'constructor', 'é\n']);
    case ScalarType.BYTES:
      return damagedBytes(
        (place.holder as Record<string | number, unknown>)[place.key] as Uint8Array,
        random,
      );
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64: {
      const edge = random.of(bigEdges);
      return scalar === ScalarType.UINT64 ? BigInt.asUintN(64, edge) : edge;
    }
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return random.of(floatEdges);
    case ScalarType.UINT32:
      return random.of(edges) >>> 0;
    case ScalarType.BOOL:
      return random.below(2) === 1;
    default:
      return field.fieldKind === 'enum' || !scalar ? random.below(26) : random.of(edges) | 0;
  }
}

function damagedBytes(bytes: Uint8Array | undefined, random: Random): Uint8Array {
  if (!bytes) return new Uint8Array(random.below(64));
  const choice = random.below(3);
  if (choice === 0) return bytes.slice(0, random.below(bytes.length + 1));
  if (choice === 1) return Uint8Array.of(...bytes.subarray(0, 1000), ...new Uint8Array(random.below(9)));
  const copy = bytes.slice();
  if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
  return copy;
}

function copyOf({ holder, key, field }: Place): unknown {
  const value = (holder as Record<string | number, unknown>)[key];
  const { message } = kindOf(field);
  return message && value && typeof value === 'object' ? clone(message, value as Message) : value;
}
