/** Decoded images, whatever they were given as. */
import type { Picture } from './data';

export interface Loaded {
  readonly width: number;
  readonly height: number;
  /** To draw it from, into a canvas. */
  readonly source: CanvasImageSource;
  /** A new element that shows it. */
  element(): HTMLElement;
  /** Frees what it holds. */
  close(): void;
}

/** @throws Error where it can't be loaded or is no image */
export async function loadPicture(picture: Picture): Promise<Loaded> {
  if (typeof picture === 'string') return await fromUrl(picture, () => undefined);
  if (picture instanceof Blob) {
    const url = URL.createObjectURL(picture);
    return await fromUrl(url, () => URL.revokeObjectURL(url));
  }
  const { width, height } = picture;
  const draw = () => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d')!;
    if (picture instanceof ImageData) context.putImageData(picture, 0, 0);
    else context.drawImage(picture, 0, 0);
    return canvas;
  };
  return { width, height, source: draw(), element: draw, close: () => undefined };
}

async function fromUrl(url: string, close: () => void): Promise<Loaded> {
  const make = () => {
    const image = new Image();
    image.alt = '';
    image.draggable = false;
    image.src = url;
    return image;
  };
  const source = make();
  try {
    await source.decode();
  } catch (cause) {
    close();
    throw new Error('The image could not be loaded.', { cause });
  }
  // Handed out once as it is, decoded; further ones decode for themselves.
  let spare: HTMLImageElement | undefined = source;
  const element = () => {
    const next = spare ?? make();
    spare = undefined;
    return next;
  };
  return { width: source.naturalWidth, height: source.naturalHeight, source, element, close };
}
