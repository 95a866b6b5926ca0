/**
 * sRGB to CIE L*a*b*, in which distances are roughly those that people see: IEC 61966-2-1 and CIE 15, white point D65 of the 2°
 * observer, in the usual six-digit constants.
 */
import type { Planes } from './planes';

/** @param planes three channels, red, green and blue, 0..1; L* then is 0..100 */
export function toLab({ height, width, channels }: Planes): Planes {
  const [red, green, blue] = channels.map((plane) => plane.map(linear)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [lightness, a, b] = [0, 1, 2].map(() => new Float64Array(height * width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let at = 0; at < red.length; at++) {
    const [r, g, u] = [red[at]!, green[at]!, blue[at]!];
    const x = response((0.412453 * r + 0.35758 * g + 0.180423 * u) / 0.95047);
    const y = response(0.212671 * r + 0.71516 * g + 0.072169 * u);
    const z = response((0.019334 * r + 0.119193 * g + 0.950227 * u) / 1.08883);
    lightness[at] = 116 * y - 16;
    a[at] = 500 * (x - y);
    b[at] = 200 * (y - z);
  }
  return { height, width, channels: [lightness, a, b] };
}

/** What a value of sRGB stands for in light. */
const linear = (value: number) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92);

const response = (share: number) => (share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116);
