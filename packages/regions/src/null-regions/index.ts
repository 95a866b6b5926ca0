/**
 * Null regions: does a region hold more relevance than its shape gets anywhere?
 *
 * Null hypothesis: the region lies on the map like any placement of its shape inside the field, so that its mean
 * relevance is one of theirs, drawn at random. The map is taken as it is: relevance that is smooth, or stronger in the
 * middle, is so for every placement, which a test over pixels would miss. This is what spin tests do on the cortex
 * (Alexander-Bloch et al. 2018, doi 10.1016/j.neuroimage.2018.05.070), with shifts, turns and mirror images in place
 * of rotations of a sphere. One-sided: more.
 *
 * Assumptions: the shape could have been anywhere in the field, one place as well as another.
 * Exactness: p = (1 + hits) ÷ (1 + draws), never 0 (Phipson and Smyth 2010, doi 10.2202/1544-6115.1585). Had the region
 * been placed at random, p would be uniform whatever the map (larger with ties), where shapes are shifted and mirrored;
 * turned ones are the same shape up to the pixels of its rim.
 * Ties: a placement that scores as the region does is a hit; so is one below it by at most 1e-12 of the map's largest
 * value, which is rounding. Missing values: none, maps must be finite.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Region, Size } from '../region';
import { checkFinite, checkNames, maskOf, perImage } from '../score';
import { floatsOf } from '../values';
import { asTensor, type View } from '../view';
import { liesIn, type Place, placeOf, rowSums, type Shape, sumUnder, variantsOf } from './shapes';

export interface NullOptions {
  /** Where placements must lie: a region for all images, or one for each; the whole image by default. */
  readonly field?: Region | readonly Region[];
  /** Turn the shape, by multiples of 5° (default true). */
  readonly rotate?: boolean;
  /** Mirror the shape in half of the placements (default true). */
  readonly mirror?: boolean;
  /** How many placements are drawn for each image and region (default 999). */
  readonly draws?: number;
  /** A whole number (default 0); the draw depends on it and on the names of image and region only. */
  readonly seed?: number;
  /** What the images are called; without names 0, 1, … Maps of one name are of one image, and share its placements. */
  readonly images?: readonly string[];
  /**
   * What to do where a region can't be compared (no pixels, beyond the field, hardly any room in it, a flat map): stop with an
   * error (the default), or give NaN as z and p, missing values.
   */
  readonly impossible?: 'error' | 'nan';
}

export interface NullScore {
  readonly image: string;
  readonly region: string;
  /** Mean relevance in the region. */
  readonly score: number;
  /** Mean and standard deviation (n - 1) of the scores of the placements drawn. */
  readonly mean: number;
  readonly deviation: number;
  /** (score - mean) ÷ deviation. */
  readonly z: number;
  readonly p: number;
  /** How many different places were drawn. Few of them mean that the field has hardly any room. */
  readonly placements: number;
}

/** Scores are equal where they differ by at most this part of the map's largest absolute value. */
const TIE = 1e-12;

/** Where fewer than one place in so many lies in the field, there are too few to compare with. */
const RAREST = 1000;

/**
 * Compares each region's mean relevance with that of its shape at random places, image by image. All places of all
 * variants of the shape that lie inside the field are equally likely.
 *
 * @param maps one map an image, [N, H, W], float32 or float64; shapes are turned in pixels of this resolution
 * @param regions the same regions for all images, or a list for each image; each inside the field
 * @throws SaliencyError `bad-input` where a region has no pixels, reaches beyond the field, or fits it in less than one
 *   of 1000 places tried, where all places score alike, and for maps that `scoreRegions` would refuse
 */
export function nullRegions(
  maps: Tensor | View,
  regions: readonly Region[] | readonly (readonly Region[])[],
  options: NullOptions = {},
): NullScore[] {
  const { rotate = true, mirror = true, draws = 999, seed = 0 } = options;
  if (!Number.isInteger(draws) || draws < 2 || !Number.isInteger(seed)) {
    throw new SaliencyError(
      'bad-input',
      `null regions were asked for with ${draws} draws and seed ${seed}: give whole numbers, at least 2 draws`,
    );
  }
  const given = floatsOf(asTensor(maps), 'a map');
  const [count, height, width] = given.shape as [number, number, number];
  if (given.shape.length !== 3) {
    throw new SaliencyError('bad-input', `maps have shape [N, H, W], not [${given.shape.join(', ')}]`);
  }
  const size = { height, width };
  const images = options.images ?? Array.from({ length: count }, (_, image) => `${image}`);
  const lists = perImage(regions, count);
  const fields = [options.field].flat() as readonly (Region | undefined)[];
  for (const [what, { length }] of [
    ['image names', images],
    ['lists of regions', lists],
    ['fields', fields.length === 1 ? images : fields],
  ] as const) {
    if (length !== count) {
      throw new SaliencyError(
        'bad-input',
        `there are ${count} maps but ${length} ${what}: give one for each`,
      );
    }
  }
  for (const list of new Set(lists)) checkNames(list);

  const rooms = new Map<Region, Float64Array>();
  const roomOf = (field: Region) => {
    const sums = rooms.get(field) ?? rowSums(maskOf(field, height, width).data, size);
    rooms.set(field, sums);
    return sums;
  };
  const known = new Map<Region, { place: Place; variants: Shape[] }>();
  const shapesOf = (region: Region) => {
    const shapes = known.get(region) ?? shapesIn(region, size, { rotate, mirror });
    known.set(region, shapes);
    return shapes;
  };
  const drawn = new Map<Region, { image: string; field: Region | undefined; result: () => Drawn }>();
  const placesOf = (region: Region, image: string, field: Region | undefined, what: string): Drawn => {
    const before = drawn.get(region);
    if (before?.image === image && before.field === field) return before.result();
    const result = outcome((): Drawn => {
      const { place, variants } = shapesOf(region);
      const room = field && roomOf(field);
      if (room) checkInside(place, { name: field.name, sums: room }, width, what);
      const draw = drawer(variants, size, room, generatorOf(seed, image, region.name), draws, what);
      return { place, places: Array.from({ length: draws }, draw) };
    });
    drawn.set(region, { image, field, result });
    return result();
  };
  return images.flatMap((image, index) => {
    checkFinite(given, index, image);
    const data = given.data.subarray(index * height * width, (index + 1) * height * width);
    let largest = 0;
    for (const value of data) largest = Math.max(largest, Math.abs(value));
    const map = { sums: rowSums(data, size), tie: TIE * largest };
    const field = fields[fields.length === 1 ? 0 : index];
    return lists[index]!.map((region): NullScore => {
      const what = `the region "${region.name}" of image "${image}"`;
      try {
        const places = placesOf(region, image, field, what);
        return { image, region: region.name, ...compared(places, map, width, what) };
      } catch (error) {
        if (options.impossible !== 'nan' || !(error instanceof SaliencyError)) throw error;
        const none = { mean: Number.NaN, deviation: Number.NaN, z: Number.NaN, p: Number.NaN };
        return { image, region: region.name, score: Number.NaN, ...none, placements: 0 };
      }
    });
  });
}

/** Where a region lies, and the places that were drawn for its shape. */
interface Drawn {
  readonly place: Place;
  readonly places: readonly Draw[];
}

/** What a function gives or throws, found out once. */
function outcome<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function shapesIn(region: Region, size: Size, turns: { rotate: boolean; mirror: boolean }) {
  const place = placeOf(maskOf(region, size.height, size.width).data, size);
  if (!place) {
    throw new SaliencyError(
      'bad-input',
      `the region "${region.name}" covers no pixel centre at ${size.height} × ${size.width}: ` +
        'enlarge it, or take maps of a higher resolution',
    );
  }
  const variants = variantsOf(place.shape, turns);
  return {
    place,
    variants: variants.filter((each) => each.height <= size.height && each.width <= size.width),
  };
}

function checkInside(place: Place, room: { name: string; sums: Float64Array }, width: number, what: string) {
  const { pixels } = place.shape;
  const outside = pixels - sumUnder(place, room.sums, width);
  if (outside > 0) {
    throw new SaliencyError(
      'bad-input',
      `${what} has ${outside} of its ${pixels} pixels outside the field "${room.name}": ` +
        'enlarge the field, or take the intersection of both',
    );
  }
}

/** A place drawn, and the number that it has among all. */
type Draw = Place & { readonly number: number };

/** Draws places inside the field by rejection: among those where the shape's box is inside the image. */
function drawer(
  variants: readonly Shape[],
  { height, width }: Size,
  room: Float64Array | undefined,
  generator: ReturnType<typeof xoroshiro128plus>,
  draws: number,
  what: string,
): () => Draw {
  let total = 0;
  const starts = variants.map((shape) => {
    const start = total;
    total += (height - shape.height + 1) * (width - shape.width + 1);
    return start;
  });
  let tries = 0;
  let placed = 0;
  return () => {
    for (; tries < RAREST * draws; ) {
      tries++;
      const number = uniformInt(generator, 0, total - 1);
      const variant = starts.findLastIndex((start) => start <= number);
      const shape = variants[variant]!;
      const columns = width - shape.width + 1;
      const within = number - starts[variant]!;
      const place = { shape, top: Math.floor(within / columns), left: within % columns, number };
      if (room && !liesIn(place, room, width)) continue;
      placed++;
      return place;
    }
    throw new SaliencyError(
      'bad-input',
      `${what} fits the field in ${placed} of ${tries} places tried, too few to compare it with: ` +
        'take a larger field or a smaller region',
    );
  };
}

function compared(
  { place, places }: Drawn,
  { sums, tie }: { readonly sums: Float64Array; readonly tie: number },
  width: number,
  what: string,
): Omit<NullScore, 'image' | 'region'> {
  const draws = places.length;
  const scoreAt = (at: Place) => sumUnder(at, sums, width) / at.shape.pixels;
  const score = scoreAt(place);
  const seen = new Set(places.map(({ number }) => number));
  const scores = Float64Array.from(places, scoreAt);
  const mean = scores.reduce((sum, value) => sum + value, 0) / draws;
  const deviation = Math.sqrt(scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1));
  if (deviation <= tie) {
    throw new SaliencyError(
      'bad-input',
      `${what} scores ${score} at all of the ${seen.size} places drawn, and has no z: ` +
        'leave the image out if its map is flat, or take a larger field',
    );
  }
  const hits = scores.reduce((sum, value) => sum + Number(value >= score - tie), 0);
  return {
    score,
    mean,
    deviation,
    z: (score - mean) / deviation,
    p: (1 + hits) / (1 + draws),
    placements: seen.size,
  };
}

/** Started by the seed and the names, in 32 bits (FNV-1a: Fowler, Noll and Vo 1991, as in RFC 9923). */
function generatorOf(seed: number, image: string, region: string) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${seed}\n${image}\n${region}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return xoroshiro128plus(hash);
}
