/**
 * The gradient of max pooling on a channels-last image: the relevance of a window goes to its first maximum, or to its
 * first NaN, and is summed where windows overlap. Four channels at a time.
 */

/**
 * @param gradient [N, H, W, C]; C a multiple of four
 * @param relevance [N, outHeight, outWidth, C]
 */
export function maxPoolGradient(
  gradient: usize,
  image: usize,
  relevance: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
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
): void {
  const pixel = <usize>channels * 4;
  memory.fill(gradient, 0, <usize>(images * height * width) * pixel);
  for (let n = 0; n < images; n++) {
    const plane = <usize>(n * height * width) * pixel;
    for (let outRow = 0; outRow < outHeight; outRow++) {
      for (let outColumn = 0; outColumn < outWidth; outColumn++) {
        const y = outRow * strideY - top;
        const x = outColumn * strideX - left;
        // Only places inside the image are looked at.
        const firstRow = inside(-y, dilationY, kernelHeight);
        const endRow = inside(height - y, dilationY, kernelHeight);
        const firstColumn = inside(-x, dilationX, kernelWidth);
        const endColumn = inside(width - x, dilationX, kernelWidth);
        const corner =
          plane + <usize>((y + firstRow * dilationY) * width + x + firstColumn * dilationX) * pixel;
        const right = <usize>dilationX * pixel;
        const below = <usize>(dilationY * width) * pixel;
        if (firstRow >= endRow || firstColumn >= endColumn) {
          relevance += pixel;
          continue;
        }
        for (let c: usize = 0; c < pixel; c += 16) {
          // The maximum so far, and the number of the place that it was found at.
          let best = v128.load(image + corner + c);
          let found = i32x4.splat(0);
          let number = 0;
          for (let row = firstRow, line = image + corner + c; row < endRow; row++, line += below) {
            for (let column = firstColumn, at = line; column < endColumn; column++, at += right, number++) {
              const here = v128.load(at);
              // Not "here > best": that would be false for a NaN.
              const larger = v128.andnot(f32x4.eq(best, best), f32x4.le(here, best));
              best = v128.bitselect(here, best, larger);
              found = v128.bitselect(i32x4.splat(number), found, larger);
            }
          }
          const r = v128.load(relevance + c);
          number = 0;
          for (let row = firstRow, line = gradient + corner + c; row < endRow; row++, line += below) {
            for (let column = firstColumn, at = line; column < endColumn; column++, at += right, number++) {
              const here = i32x4.eq(found, i32x4.splat(number));
              v128.store(at, f32x4.add(v128.load(at), v128.and(r, here)));
            }
          }
        }
        relevance += pixel;
      }
    }
  }
}

/** How many steps it takes to reach a distance, none beyond the last. */
function inside(distance: i32, step: i32, last: i32): i32 {
  return min(max((distance + step - 1) / step, 0), last);
}
