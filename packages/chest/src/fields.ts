/** From the network's logits to one right and one left lung, at any resolution. */
import { largestWhole } from './components';

/** A lung is one piece without holes: what the network says elsewhere is overruled by this many logits. */
const sure = 4;

export interface Fields {
  /** 1 where the right lung is, at the network's resolution. */
  readonly right: Uint8Array;
  readonly left: Uint8Array;
  /** Logits [3, side, side], overruled where a lung would be in pieces. */
  readonly logits: Float32Array;
  readonly side: number;
}

export function fieldsOf(given: Float32Array, side: number): Fields {
  const logits = given.slice();
  const pixels = side * side;
  const winner = argmax(logits, pixels);
  const [right, left] = [1, 2].map((label) => {
    const mask = winner.map((each) => Number(each === label));
    return largestWhole(Uint8Array.from(mask), side, side);
  }) as [Uint8Array, Uint8Array];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const lung = right[pixel] ? 1 : left[pixel] ? 2 : 0;
    if (winner[pixel] === lung) continue;
    const others = [0, 1, 2].map((label) => logits[label * pixels + pixel]!);
    logits[lung * pixels + pixel] = Math.max(...others) + sure;
  }
  return { right, left, logits, side };
}

/** Labels (0 rest, 1 right lung, 2 left lung) of an image of another size: logits between pixel centres, the largest wins. */
export function labelsAt({ logits, side }: Fields, height: number, width: number): Uint8Array {
  const pixels = side * side;
  const labels = new Uint8Array(height * width);
  const columns = Array.from({ length: width }, (_, x) => between(x, width, side));
  const best = new Float64Array(width);
  // Three rows of logits at the image's height, then each pixel between two of their columns.
  const row = new Float64Array(side);
  for (let y = 0; y < height; y++) {
    const { before, after, weight } = between(y, height, side);
    for (let label = 0; label < 3; label++) {
      for (let x = 0; x < side; x++) {
        const above = logits[label * pixels + before * side + x]!;
        row[x] = above + weight * (logits[label * pixels + after * side + x]! - above);
      }
      for (let x = 0; x < width; x++) {
        const column = columns[x]!;
        const value = row[column.before]! + column.weight * (row[column.after]! - row[column.before]!);
        if (label > 0 && value <= best[x]!) continue;
        best[x] = value;
        labels[y * width + x] = label;
      }
    }
  }
  return labels;
}

function between(pixel: number, count: number, source: number) {
  const place = Math.min(Math.max(((pixel + 0.5) * source) / count - 0.5, 0), source - 1);
  const before = Math.floor(place);
  return { before, after: Math.min(before + 1, source - 1), weight: place - before };
}

function argmax(logits: Float32Array, pixels: number): Uint8Array {
  return Uint8Array.from({ length: pixels }, (_, pixel) => {
    let best = 0;
    for (let label = 1; label < 3; label++) {
      if (logits[label * pixels + pixel]! > logits[best * pixels + pixel]!) best = label;
    }
    return best;
  });
}
