/** Convolution of a channels-last image with any kernel, stride, dilation and padding: one product a block of pixels. */
import { multiply, ROWS } from './product';

/**
 * @param image [N, H, W, C]
 * @param depth how many floats each place of the kernel reads: C, or several pixels' where a row of the kernel is one place
 * @param zeros at least C floats of zero, which stand for what lies outside the image
 * @param table room for (`block` + 3) · kernelHeight · kernelWidth addresses
 * @param weights [M / 8, kernelHeight · kernelWidth · depth, 8]
 * @param bias M floats, filled up to a multiple of eight
 * @param out [N, outHeight, outWidth, M]
 * @param block how many pixels at a time, a multiple of four: what they read should stay in the nearest cache
 */
export function convolve(
  image: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  depth: i32,
  zeros: usize,
  table: usize,
  weights: usize,
  columns: i32,
  bias: usize,
  out: usize,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  top: i32,
  left: i32,
  block: i32,
  least: f32,
): void {
  const pixel = <usize>channels * 4;
  const parts = kernelHeight * kernelWidth;
  const all = images * outHeight * outWidth;
  for (let first = 0; first < all; first += block) {
    const rows = min(block, all - first);
    let entry = table;
    for (let r = 0; r < rows; r += ROWS) {
      for (let lane = 0; lane < ROWS; lane++) {
        const at = first + min(r + lane, rows - 1);
        const n = at / (outHeight * outWidth);
        const y = ((at / outWidth) % outHeight) * strideY - top;
        const x = (at % outWidth) * strideX - left;
        let slot = entry + <usize>lane * 4;
        for (let kh = 0; kh < kernelHeight; kh++) {
          const h = y + kh * dilationY;
          const line = image + <usize>((n * height + h) * width) * pixel;
          for (let kw = 0; kw < kernelWidth; kw++) {
            const w = x + kw * dilationX;
            const inside = h >= 0 && h < height && w >= 0 && w < width;
            store<u32>(slot, <u32>(inside ? line + <usize>w * pixel : zeros));
            slot += ROWS * 4;
          }
        }
      }
      entry += <usize>parts * ROWS * 4;
    }
    multiply(0, table, parts, depth, rows, weights, columns, bias, out, least);
    out += <usize>rows * columns * 4;
  }
}
