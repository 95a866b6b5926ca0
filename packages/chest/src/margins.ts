/**
 * Margins of one grey around an X-ray: what collimation, a letterbox or a viewer's page left of the frame.
 *
 * They are taken away before the network looks, since it works at a fixed size: an X-ray that fills a third of the frame
 * would be seen at a third of it.
 */
import type { Grey } from './prepare';

/** A part of a frame: rows from `top` to before `bottom`, columns from `left` to before `right`. */
export interface Part {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** How far a margin's grey may be from black or white, of the range from the 1st to the 99th percentile. */
const near = 0.05;

/** Of a margin's row, what may be of another grey: a little text, a line of noise. */
const few = 0.03;

/**
 * What is left of an image without its margins; all of it where there is nothing else.
 *
 * @param small the image as `prepared`, [side · side] in 0..1
 */
export function withoutMargins(small: Float32Array, side: number, { height, width }: Grey): Part {
  let part: Part = { top: 0, bottom: side, left: 0, right: side };
  const isMargin = (values: Float32Array) => {
    const share = (is: (value: number) => boolean) => values.filter(is).length / values.length;
    return share((value) => value > near) < few || share((value) => value < 1 - near) < few;
  };
  const row = (y: number) => small.subarray(y * side + part.left, y * side + part.right);
  const column = (x: number) =>
    Float32Array.from({ length: part.bottom - part.top }, (_, y) => small[(part.top + y) * side + x]!);
  const between = (from: number, to: number, line: (at: number) => Float32Array) => {
    let [first, last] = [from, to];
    while (first < last && isMargin(line(first))) first++;
    while (last > first && isMargin(line(last - 1))) last--;
    return first < last ? ([first, last] as const) : ([from, to] as const);
  };
  // Rows again after columns: with wide margins beside it, a row of text or bone is little of the frame.
  for (let pass = 0; pass < 2; pass++) {
    const [top, bottom] = between(part.top, part.bottom, row);
    part = { ...part, top, bottom };
    const [left, right] = between(part.left, part.right, column);
    part = { ...part, left, right };
  }
  return {
    top: Math.floor((part.top * height) / side),
    bottom: Math.ceil((part.bottom * height) / side),
    left: Math.floor((part.left * width) / side),
    right: Math.ceil((part.right * width) / side),
  };
}

export function cut({ data, width }: Grey, { top, bottom, left, right }: Part): Grey {
  const part = { height: bottom - top, width: right - left };
  const values = new Float64Array(part.height * part.width);
  for (let y = 0; y < part.height; y++) {
    const start = (top + y) * width + left;
    values.set(data.subarray(start, start + part.width), y * part.width);
  }
  return { data: values, ...part };
}

/** Labels of a part in the whole frame, 0 around it. */
export function placed(labels: Uint8Array, { top, left, right }: Part, { height, width }: Grey): Uint8Array {
  const whole = new Uint8Array(height * width);
  const across = right - left;
  for (let y = 0; y * across < labels.length; y++) {
    whole.set(labels.subarray(y * across, (y + 1) * across), (top + y) * width + left);
  }
  return whole;
}
