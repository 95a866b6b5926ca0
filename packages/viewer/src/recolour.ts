/**
 * From a saliency map to coloured pixels, in two halves: `prepare` does once what needs all values, so that `paint`,
 * which runs at every step of a slider, looks up two bytes a pixel.
 *
 * The two bytes are the pixel's level, which colour it has, and its rank, up to which threshold it is seen. A pixel is
 * seen at the percentile p where its strength is above 0 and at least the p-th percentile of all strengths (Hyndman and
 * Fan 1996, type 7). That percentile never falls as p grows, so one number a pixel says it for every p; ranks count
 * half per cents.
 *
 * `createRecolourer` is also sent as text to a worker (see painter.ts): it must stand by itself, without imports and
 * without anything of this file.
 */

export interface MapValues {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly signed: boolean;
  /** Whether the values are levels already, 0..255. */
  readonly levels: boolean;
}

export interface Prepared {
  readonly width: number;
  readonly height: number;
  readonly signed: boolean;
  /** 0..255; for signed maps 128 is none. */
  readonly levels: Uint8Array;
  /** Seen while twice the threshold is below this; 0 is never. */
  readonly ranks: Uint8Array;
}

export interface Settings {
  /** A percentile, 0..100; halves count. */
  readonly threshold: number;
  /** 0..1. */
  readonly opacity: number;
  /** 256 RGB triples. */
  readonly sequential: Uint8Array;
  readonly diverging: Uint8Array;
}

export interface Recolourer {
  /**
   * @param least the map is interpolated bilinearly to at least this size, before it is coloured
   * @throws Error where a value is not finite
   */
  prepare(map: MapValues, least: { readonly width: number; readonly height: number }): Prepared;
  /** RGBA pixels, at most as many as the map has; with fewer, each takes the map's pixel nearest to it. */
  paint(
    map: Prepared,
    size: { readonly width: number; readonly height: number },
    settings: Settings,
  ): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number };
}

export function createRecolourer(): Recolourer {
  const STEPS = 200;

  const percentile = (sorted: Float64Array, percent: number) => {
    const position = ((sorted.length - 1) * percent) / 100;
    const below = Math.floor(position);
    const low = sorted[below]!;
    const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return low + (high - low) * (position - below);
  };

  /** The two pixels that each of `count` lies between and the weight of the second; half-pixel centres. */
  const between = (count: number, source: number) => {
    const before = new Uint32Array(count);
    const weight = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const place = Math.min(Math.max(((i + 0.5) * source) / count - 0.5, 0), source - 1);
      before[i] = Math.floor(place);
      weight[i] = place - before[i]!;
    }
    return { before, weight };
  };

  const resize = (data: ArrayLike<number>, columns: number, rows: number, width: number, height: number) => {
    const out = new Float64Array(width * height);
    const x = between(width, columns);
    const y = between(height, rows);
    for (let j = 0; j < height; j++) {
      const upper = y.before[j]! * columns;
      const lower = Math.min(y.before[j]! + 1, rows - 1) * columns;
      const down = y.weight[j]!;
      for (let i = 0; i < width; i++) {
        const left = x.before[i]!;
        const right = Math.min(left + 1, columns - 1);
        const along = x.weight[i]!;
        const above = data[upper + left]! * (1 - along) + data[upper + right]! * along;
        const beneath = data[lower + left]! * (1 - along) + data[lower + right]! * along;
        out[j * width + i] = above * (1 - down) + beneath * down;
      }
    }
    return out;
  };

  const prepare: Recolourer['prepare'] = (map, least) => {
    for (let i = 0; i < map.data.length; i++) {
      if (!Number.isFinite(map.data[i])) throw new Error(`the map's value at pixel ${i} is ${map.data[i]}`);
    }
    const width = Math.max(map.width, least.width);
    const height = Math.max(map.height, least.height);
    const none = map.levels && map.signed ? 128 : 0;
    const values =
      width === map.width && height === map.height
        ? Float64Array.from(map.data)
        : resize(map.data, map.width, map.height, width, height);
    if (none !== 0) for (let i = 0; i < values.length; i++) values[i]! -= none;

    const strengths = map.signed ? values.map(Math.abs) : values;
    const sorted = strengths.slice().sort();
    // Full colour is the 99.5th percentile, so that a few extreme pixels don't leave the rest dark.
    const most = sorted[sorted.length - 1]!;
    const peak = map.levels
      ? map.signed
        ? 127
        : 255
      : Math.max(0, percentile(sorted, 99.5)) || Math.max(0, most) || 1;
    const cuts = new Float64Array(STEPS + 1);
    for (let step = 0; step <= STEPS; step++) cuts[step] = percentile(sorted, step / 2);

    const levels = new Uint8Array(values.length);
    const ranks = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]! / peak;
      levels[i] = map.signed
        ? Math.round(128 + 127 * Math.max(-1, Math.min(1, value)))
        : Math.round(255 * Math.max(0, Math.min(1, value)));
      if (!(strengths[i]! > 0)) continue;
      let low = 0;
      let high = STEPS + 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (strengths[i]! >= cuts[middle]!) low = middle + 1;
        else high = middle;
      }
      ranks[i] = low;
    }
    return { width, height, signed: map.signed, levels, ranks };
  };

  const paint: Recolourer['paint'] = (map, size, { threshold, opacity, sequential, diverging }) => {
    const width = Math.min(map.width, size.width);
    const height = Math.min(map.height, size.height);
    const rgb = map.signed ? diverging : sequential;
    const table = new Uint8ClampedArray(256 * 4);
    for (let level = 0; level < 256; level++) {
      for (let c = 0; c < 3; c++) table[4 * level + c] = rgb[3 * level + c]!;
      table[4 * level + 3] = Math.round(255 * opacity);
    }
    const colours = new Uint32Array(table.buffer);
    const data = new Uint8ClampedArray(width * height * 4);
    const pixels = new Uint32Array(data.buffer);
    const cut = Math.round(2 * threshold);
    const { levels, ranks } = map;
    if (width === map.width && height === map.height) {
      for (let i = 0; i < pixels.length; i++) if (ranks[i]! > cut) pixels[i] = colours[levels[i]!]!;
      return { data, width, height };
    }
    const columns = new Uint32Array(width);
    for (let i = 0; i < width; i++) columns[i] = Math.floor(((i + 0.5) * map.width) / width);
    for (let j = 0, place = 0; j < height; j++) {
      const row = Math.floor(((j + 0.5) * map.height) / height) * map.width;
      for (let i = 0; i < width; i++, place++) {
        const source = row + columns[i]!;
        if (ranks[source]! > cut) pixels[place] = colours[levels[source]!]!;
      }
    }
    return { data, width, height };
  };

  return { prepare, paint };
}
