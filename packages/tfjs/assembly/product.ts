/**
 * The product of rows with a matrix, the innermost loop of every convolution here: four rows by eight columns at a time.
 *
 * Rows need not lie one after another: a table says where the parts of each row lie, so that a convolution multiplies
 * the image where it is (M. Dukhan 2019, "The Indirect Convolution Algorithm", arXiv 1907.02129).
 */

/** Bytes of a table's entry, of a vector of four floats, and of a panel's row of eight. */
const ENTRY: usize = 4;
const VECTOR: usize = 16;
const PANEL: usize = 32;

/** Rows that are multiplied at once. */
export const ROWS: i32 = 4;

/** A fused multiplication and addition where the engine has one, which rounds once instead of twice. */
function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (isDefined(RELAXED)) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * out[r, m] = max(bias[m] + sum over parts p and c of row[r, p, c] · weights[p, c, m], least)
 *
 * @param base added to every address in the table
 * @param table for each four rows, and each part, where the part of each of the four begins
 * @param parts how many parts a row has, of `depth` floats each
 * @param weights [columns / 8, parts · depth, 8]; of a last panel of four columns the second half is not read
 * @param columns a multiple of four
 */
export function multiply(
  base: usize,
  table: usize,
  parts: i32,
  depth: i32,
  rows: i32,
  weights: usize,
  columns: i32,
  bias: usize,
  out: usize,
  least: f32,
): void {
  const line = <usize>columns * 4;
  const stride = <usize>parts * ROWS * ENTRY;
  for (let m = 0; m < columns; m += 8) {
    const whole = columns - m >= 8;
    let entry = table;
    let to = out + <usize>m * 4;
    for (let r = 0; r < rows; r += ROWS) {
      const last = rows - r - 1;
      if (whole) fourByEight(base, entry, parts, depth, weights, bias, to, line, last, least);
      else fourByFour(base, entry, parts, depth, weights, bias, to, line, last, least);
      entry += stride;
      to += line * ROWS;
    }
    weights += <usize>parts * depth * PANEL;
    bias += PANEL;
  }
}

/** Where the rows after the first go; those past the last are the last once more, in its place. */
function place(to: usize, line: usize, row: i32, last: i32): usize {
  return to + line * <usize>min(row, last);
}

function fourByEight(
  base: usize,
  entry: usize,
  parts: i32,
  depth: i32,
  weights: usize,
  bias: usize,
  to: usize,
  line: usize,
  last: i32,
  least: f32,
): void {
  let y00 = v128.load(bias);
  let y01 = v128.load(bias, VECTOR);
  let y10 = y00;
  let y11 = y01;
  let y20 = y00;
  let y21 = y01;
  let y30 = y00;
  let y31 = y01;
  for (let part = 0; part < parts; part++) {
    let row0 = base + load<u32>(entry);
    let row1 = base + load<u32>(entry, 4);
    let row2 = base + load<u32>(entry, 8);
    let row3 = base + load<u32>(entry, 12);
    const end = weights + <usize>depth * PANEL;
    while (weights < end) {
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, VECTOR);
      const x0 = v128.load32_splat(row0);
      y00 = multiplyAdd(x0, w0, y00);
      y01 = multiplyAdd(x0, w1, y01);
      const x1 = v128.load32_splat(row1);
      y10 = multiplyAdd(x1, w0, y10);
      y11 = multiplyAdd(x1, w1, y11);
      const x2 = v128.load32_splat(row2);
      y20 = multiplyAdd(x2, w0, y20);
      y21 = multiplyAdd(x2, w1, y21);
      const x3 = v128.load32_splat(row3);
      y30 = multiplyAdd(x3, w0, y30);
      y31 = multiplyAdd(x3, w1, y31);
      row0 += 4;
      row1 += 4;
      row2 += 4;
      row3 += 4;
      weights += PANEL;
    }
    entry += <usize>ROWS * ENTRY;
  }
  const floor = f32x4.splat(least);
  v128.store(to, f32x4.pmax(y00, floor));
  v128.store(to, f32x4.pmax(y01, floor), VECTOR);
  const to1 = place(to, line, 1, last);
  v128.store(to1, f32x4.pmax(y10, floor));
  v128.store(to1, f32x4.pmax(y11, floor), VECTOR);
  const to2 = place(to, line, 2, last);
  v128.store(to2, f32x4.pmax(y20, floor));
  v128.store(to2, f32x4.pmax(y21, floor), VECTOR);
  const to3 = place(to, line, 3, last);
  v128.store(to3, f32x4.pmax(y30, floor));
  v128.store(to3, f32x4.pmax(y31, floor), VECTOR);
}

/** The same for the first half of a panel. */
function fourByFour(
  base: usize,
  entry: usize,
  parts: i32,
  depth: i32,
  weights: usize,
  bias: usize,
  to: usize,
  line: usize,
  last: i32,
  least: f32,
): void {
  let y0 = v128.load(bias);
  let y1 = y0;
  let y2 = y0;
  let y3 = y0;
  for (let part = 0; part < parts; part++) {
    let row0 = base + load<u32>(entry);
    let row1 = base + load<u32>(entry, 4);
    let row2 = base + load<u32>(entry, 8);
    let row3 = base + load<u32>(entry, 12);
    const end = weights + <usize>depth * PANEL;
    while (weights < end) {
      const w = v128.load(weights);
      y0 = multiplyAdd(v128.load32_splat(row0), w, y0);
      y1 = multiplyAdd(v128.load32_splat(row1), w, y1);
      y2 = multiplyAdd(v128.load32_splat(row2), w, y2);
      y3 = multiplyAdd(v128.load32_splat(row3), w, y3);
      row0 += 4;
      row1 += 4;
      row2 += 4;
      row3 += 4;
      weights += PANEL;
    }
    entry += <usize>ROWS * ENTRY;
  }
  const floor = f32x4.splat(least);
  v128.store(to, f32x4.pmax(y0, floor));
  v128.store(place(to, line, 1, last), f32x4.pmax(y1, floor));
  v128.store(place(to, line, 2, last), f32x4.pmax(y2, floor));
  v128.store(place(to, line, 3, last), f32x4.pmax(y3, floor));
}
