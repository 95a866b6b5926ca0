/** A gate: relevance passes where another tensor lies within an open interval, and is zero elsewhere (and at a NaN). */
export function passWithin(out: usize, relevance: usize, x: usize, size: i32, low: f32, high: f32): void {
  const lower = f32x4.splat(low);
  const upper = f32x4.splat(high);
  const end = <usize>size * 4;
  const whole = end & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const at = v128.load(x + i);
    const open = v128.and(f32x4.gt(at, lower), f32x4.lt(at, upper));
    v128.store(out + i, v128.and(v128.load(relevance + i), open));
  }
  for (; i < end; i += 4) {
    const at = load<f32>(x + i);
    store<f32>(out + i, at > low && at < high ? load<f32>(relevance + i) : 0);
  }
}
