/**
 * Convolution with a 3×3 kernel and stride 1 in 16 multiplications where there are 36: F(2×2, 3×3).
 *
 * Each 2×2 tile of the result depends on a 4×4 tile of the image. Both image tiles and kernels are transformed so that
 * convolving becomes multiplying place by place: summed over channels, 16 matrix products. The transforms only add,
 * subtract and halve. A block of tiles goes through all of it at a time, so that it stays in the cache.
 *
 * S. Winograd 1980, "Arithmetic Complexity of Computations", doi 10.1137/1.9781611970364; for networks A. Lavin and
 * S. Gray 2016, "Fast Algorithms for Convolutional Neural Networks", doi 10.1109/CVPR.2016.435.
 */
import { multiply, ROWS } from './product';

/** Places of a transformed tile. */
const PLACES: i32 = 16;

const VECTOR: usize = 16;

/**
 * @param image [N, H, W, C], C a multiple of four
 * @param zeros at least max(C, M) floats of zero
 * @param table room for (`block` + 3) addresses
 * @param tiles room for 16 · `block` · C floats
 * @param products room for 16 · `block` · M floats
 * @param weights transformed, [16, M / 8, C, 8]
 * @param bias M floats
 * @param out [N, outHeight, outWidth, M], M a multiple of four
 * @param block how many tiles at a time
 */
export function winograd(
  image: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  zeros: usize,
  table: usize,
  tiles: usize,
  products: usize,
  weights: usize,
  columns: i32,
  bias: usize,
  out: usize,
  outHeight: i32,
  outWidth: i32,
  top: i32,
  left: i32,
  block: i32,
  least: f32,
): void {
  const pixel = <usize>channels * 4;
  const down = (outHeight + 1) / 2;
  const across = (outWidth + 1) / 2;
  const all = images * down * across;
  const panels = (columns + 7) / 8;
  for (let first = 0; first < all; first += block) {
    const count = min(block, all - first);
    const place = <usize>count * pixel;
    for (let at = 0; at < count; at++) {
      const tile = first + at;
      const n = tile / (down * across);
      const y = 2 * ((tile / across) % down) - top;
      const x = 2 * (tile % across) - left;
      const from = image + <usize>(n * height * width) * pixel;
      transformTile(from, height, width, pixel, y, x, tiles + <usize>at * pixel, place);
    }
    for (let r = 0; r < count; r += ROWS) {
      for (let lane = 0; lane < ROWS; lane++) {
        store<u32>(table + <usize>(r + lane) * 4, <u32>(<usize>min(r + lane, count - 1) * pixel));
      }
    }
    const line = <usize>columns * 4;
    for (let at = 0; at < PLACES; at++) {
      multiply(
        tiles + <usize>at * place,
        table,
        1,
        channels,
        count,
        weights + <usize>(at * panels) * pixel * 8,
        columns,
        zeros,
        products + <usize>(at * count) * line,
        -Infinity as f32,
      );
    }
    for (let at = 0; at < count; at++) {
      const tile = first + at;
      const n = tile / (down * across);
      const y = 2 * ((tile / across) % down);
      const x = 2 * (tile % across);
      const to = out + <usize>((n * outHeight + y) * outWidth + x) * line;
      // What reaches over an edge is written where its neighbour goes, which is written after it.
      const right = x + 1 < outWidth ? line : 0;
      const below = y + 1 < outHeight ? <usize>outWidth * line : 0;
      resultOf(products + <usize>at * line, <usize>count * line, line, bias, least, to, right, below);
    }
  }
}

/** Bᵀ·d·B for a 4×4 tile d, with Bᵀ = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], all channels. */
function transformTile(
  image: usize,
  height: i32,
  width: i32,
  pixel: usize,
  y: i32,
  x: i32,
  to: usize,
  place: usize,
): void {
  // Outside the image is zero: what is read there is the nearest pixel, masked.
  const h0 = within(y, height);
  const h1 = within(y + 1, height);
  const h2 = within(y + 2, height);
  const h3 = within(y + 3, height);
  const w0 = within(x, width);
  const w1 = within(x + 1, width);
  const w2 = within(x + 2, width);
  const w3 = within(x + 3, width);
  const line = <usize>width * pixel;
  const row0 = image + <usize>h0 * line;
  const row1 = image + <usize>h1 * line;
  const row2 = image + <usize>h2 * line;
  const row3 = image + <usize>h3 * line;
  const c0 = <usize>w0 * pixel;
  const c1 = <usize>w1 * pixel;
  const c2 = <usize>w2 * pixel;
  const c3 = <usize>w3 * pixel;
  const inside = h0 === y && h3 === y + 3 && w0 === x && w3 === x + 3;
  const m0 = mask(h0 === y);
  const m1 = mask(h1 === y + 1);
  const m2 = mask(h2 === y + 2);
  const m3 = mask(h3 === y + 3);
  const k0 = mask(w0 === x);
  const k1 = mask(w1 === x + 1);
  const k2 = mask(w2 === x + 2);
  const k3 = mask(w3 === x + 3);
  for (let i: usize = 0; i < pixel; i += VECTOR) {
    let a0 = v128.load(row0 + c0 + i);
    let a1 = v128.load(row0 + c1 + i);
    let a2 = v128.load(row0 + c2 + i);
    let a3 = v128.load(row0 + c3 + i);
    let b0 = v128.load(row1 + c0 + i);
    let b1 = v128.load(row1 + c1 + i);
    let b2 = v128.load(row1 + c2 + i);
    let b3 = v128.load(row1 + c3 + i);
    let d0 = v128.load(row2 + c0 + i);
    let d1 = v128.load(row2 + c1 + i);
    let d2 = v128.load(row2 + c2 + i);
    let d3 = v128.load(row2 + c3 + i);
    let e0 = v128.load(row3 + c0 + i);
    let e1 = v128.load(row3 + c1 + i);
    let e2 = v128.load(row3 + c2 + i);
    let e3 = v128.load(row3 + c3 + i);
    if (!inside) {
      a0 = v128.and(a0, v128.and(m0, k0));
      a1 = v128.and(a1, v128.and(m0, k1));
      a2 = v128.and(a2, v128.and(m0, k2));
      a3 = v128.and(a3, v128.and(m0, k3));
      b0 = v128.and(b0, v128.and(m1, k0));
      b1 = v128.and(b1, v128.and(m1, k1));
      b2 = v128.and(b2, v128.and(m1, k2));
      b3 = v128.and(b3, v128.and(m1, k3));
      d0 = v128.and(d0, v128.and(m2, k0));
      d1 = v128.and(d1, v128.and(m2, k1));
      d2 = v128.and(d2, v128.and(m2, k2));
      d3 = v128.and(d3, v128.and(m2, k3));
      e0 = v128.and(e0, v128.and(m3, k0));
      e1 = v128.and(e1, v128.and(m3, k1));
      e2 = v128.and(e2, v128.and(m3, k2));
      e3 = v128.and(e3, v128.and(m3, k3));
    }
    const at = to + i;
    along(f32x4.sub(a0, d0), f32x4.sub(a1, d1), f32x4.sub(a2, d2), f32x4.sub(a3, d3), at, place);
    along(f32x4.add(b0, d0), f32x4.add(b1, d1), f32x4.add(b2, d2), f32x4.add(b3, d3), at + 4 * place, place);
    along(f32x4.sub(d0, b0), f32x4.sub(d1, b1), f32x4.sub(d2, b2), f32x4.sub(d3, b3), at + 8 * place, place);
    along(f32x4.sub(b0, e0), f32x4.sub(b1, e1), f32x4.sub(b2, e2), f32x4.sub(b3, e3), at + 12 * place, place);
  }
}

function within(at: i32, size: i32): i32 {
  return min(max(at, 0), size - 1);
}

function mask(open: bool): v128 {
  return i32x4.splat(open ? -1 : 0);
}

/** Four neighbours of a row times B. */
function along(t0: v128, t1: v128, t2: v128, t3: v128, to: usize, place: usize): void {
  v128.store(to, f32x4.sub(t0, t2));
  v128.store(to + place, f32x4.add(t1, t2));
  v128.store(to + 2 * place, f32x4.sub(t2, t1));
  v128.store(to + 3 * place, f32x4.sub(t1, t3));
}

/** Aᵀ·m·A for a tile of products m, with Aᵀ = [1 1 1 0; 0 1 -1 -1], and what follows the convolution. */
function resultOf(
  products: usize,
  place: usize,
  line: usize,
  bias: usize,
  least: f32,
  to: usize,
  right: usize,
  below: usize,
): void {
  const floor = f32x4.splat(least);
  for (let i: usize = 0; i < line; i += VECTOR) {
    const shift = v128.load(bias + i);
    let from = products + i;
    const a0 = v128.load(from);
    const a1 = v128.load(from + place);
    const a2 = v128.load(from + 2 * place);
    const a3 = v128.load(from + 3 * place);
    from += 4 * place;
    const b0 = v128.load(from);
    const b1 = v128.load(from + place);
    const b2 = v128.load(from + 2 * place);
    const b3 = v128.load(from + 3 * place);
    from += 4 * place;
    const c0 = v128.load(from);
    const c1 = v128.load(from + place);
    const c2 = v128.load(from + 2 * place);
    const c3 = v128.load(from + 3 * place);
    from += 4 * place;
    const d0 = v128.load(from);
    const d1 = v128.load(from + place);
    const d2 = v128.load(from + 2 * place);
    const d3 = v128.load(from + 3 * place);
    const u0 = f32x4.add(f32x4.add(a0, b0), c0);
    const u1 = f32x4.add(f32x4.add(a1, b1), c1);
    const u2 = f32x4.add(f32x4.add(a2, b2), c2);
    const u3 = f32x4.add(f32x4.add(a3, b3), c3);
    const v0 = f32x4.sub(f32x4.sub(b0, c0), d0);
    const v1 = f32x4.sub(f32x4.sub(b1, c1), d1);
    const v2 = f32x4.sub(f32x4.sub(b2, c2), d2);
    const v3 = f32x4.sub(f32x4.sub(b3, c3), d3);
    const at = to + i;
    v128.store(at + below + right, finished(f32x4.sub(f32x4.sub(v1, v2), v3), shift, floor));
    v128.store(at + below, finished(f32x4.add(f32x4.add(v0, v1), v2), shift, floor));
    v128.store(at + right, finished(f32x4.sub(f32x4.sub(u1, u2), u3), shift, floor));
    v128.store(at, finished(f32x4.add(f32x4.add(u0, u1), u2), shift, floor));
  }
}

function finished(sum: v128, bias: v128, floor: v128): v128 {
  return f32x4.pmax(f32x4.add(sum, bias), floor);
}
