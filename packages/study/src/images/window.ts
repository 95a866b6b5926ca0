/** Windows: which range of values becomes the range from black to white. */

/** What files of scanners leave open; all of it has defaults. */
export interface ScanOptions {
  /** `[centre, width]` in the file's units (Hounsfield's, say) instead of what the file says. */
  readonly window?: readonly [centre: number, width: number] | undefined;
  /** DICOM: which frame, from 0; needed where a file holds several. */
  readonly frame?: number | undefined;
  /** NIfTI: the plane of the body or the axis of the array (default axial), as in `openNifti(…).slice`. */
  readonly axis?: 'axial' | 'coronal' | 'sagittal' | 0 | 1 | 2 | undefined;
  /** NIfTI: which slice along it, from 0 (default: the middle one). */
  readonly index?: number | undefined;
  /** NIfTI: which volume, from 0; needed where a file holds several. */
  readonly volume?: number | undefined;
}

/** From a value to 0..1, where what lies outside the window is cut off. */
export type Shade = (value: number) => number;

/** From `low`, which is black, to `high`, which is white; where they are equal, white is what lies above. */
export function between(low: number, high: number): Shade {
  return (value) => (value <= low ? 0 : value >= high ? 1 : (value - low) / (high - low));
}

/** 16 bits of grey. */
export function shaded(values: ArrayLike<number>, shade: Shade): Uint16Array {
  return Uint16Array.from({ length: values.length }, (_, at) => Math.round(65535 * shade(values[at]!)));
}
