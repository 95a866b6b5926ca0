/**
 * Where one looks: all images of a viewer share one zoom and one place, in fractions of an image, so that the same
 * detail is seen in each whatever its size.
 */

export interface View {
  /** 1 shows the whole image. */
  readonly scale: number;
  /** What lies at the upper left corner, 0..1 of the image's width and height. */
  readonly x: number;
  readonly y: number;
}

export const wholeImage: View = { scale: 1, x: 0, y: 0 };

/** No closer than this. */
export const MOST = 16;

/** The view nearest to the one given that lies within the image. */
export function within({ scale, x, y }: View): View {
  const bounded = clamp(scale, 1, MOST);
  const room = 1 - 1 / bounded;
  return { scale: bounded, x: clamp(x, 0, room), y: clamp(y, 0, room) };
}

/** Closer by `factor`, with the point (x, y) of the window, as fractions, staying where it is. */
export function zoomed(view: View, factor: number, at: { readonly x: number; readonly y: number }): View {
  const scale = clamp(view.scale * factor, 1, MOST);
  return within({
    scale,
    x: view.x + at.x / view.scale - at.x / scale,
    y: view.y + at.y / view.scale - at.y / scale,
  });
}

/** What is seen moves by fractions of the window. */
export function moved(view: View, by: { readonly x: number; readonly y: number }): View {
  return within({ ...view, x: view.x - by.x / view.scale, y: view.y - by.y / view.scale });
}

/** As the CSS transform of an element with the image's size and its origin at the upper left corner. */
export function transformOf({ scale, x, y }: View): string {
  const percent = (part: number) => `${(-100 * part * scale).toFixed(3)}%`;
  return `translate(${percent(x)}, ${percent(y)}) scale(${scale.toFixed(4)})`;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
