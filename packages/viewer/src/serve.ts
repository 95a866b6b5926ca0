/**
 * What painter.ts asks, in a worker: holds the prepared maps and paints the canvases that the page handed over. Where
 * there can be no worker it runs in the page.
 *
 * Sent as text to a worker, so it must stand by itself, without imports and without anything of this file.
 */
import type { MapValues, Prepared, Recolourer, Settings } from './recolour';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type ToWorker =
  | { readonly type: 'settings'; readonly settings: Settings }
  | {
      readonly type: 'map';
      readonly id: number;
      readonly canvas: OffscreenCanvas | HTMLCanvasElement;
      /** Values, or a decoded grey picture whose red channel is the levels. */
      readonly map: MapValues | { readonly bitmap: ImageBitmap; readonly signed: boolean };
      readonly least: Size;
    }
  /** The size that the canvas is seen at, in the screen's pixels; absent while it is out of sight. */
  | { readonly type: 'show'; readonly id: number; readonly size: Size | undefined }
  | { readonly type: 'pixels'; readonly id: number; readonly request: number }
  | { readonly type: 'drop'; readonly id: number };

export type FromWorker =
  | { readonly type: 'hello' }
  | { readonly type: 'ready'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'pixels'; readonly request: number; readonly image: ImageData | undefined };

export interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

/** @param budget how many milliseconds of a frame painting may take; the rest is painted in the next */
export function serve(scope: Scope, { prepare, paint }: Recolourer, budget: number): void {
  interface Shown {
    readonly context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;
    map?: Prepared;
    size?: Size | undefined;
    stale: boolean;
  }
  const shown = new Map<number, Shown>();
  let settings: Settings | undefined;
  let scheduled = false;

  const later = (work: () => void) =>
    typeof requestAnimationFrame === 'function' ? requestAnimationFrame(work) : setTimeout(work);

  /** Whatever came in meanwhile, a frame paints the newest settings once. */
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    later(() => {
      scheduled = false;
      if (!settings) return;
      const start = performance.now();
      for (const cell of shown.values()) {
        if (!cell.stale || !cell.map || !cell.size) continue;
        if (performance.now() - start > budget) return schedule();
        cell.stale = false;
        const { data, width, height } = paint(cell.map, cell.size, settings);
        const { canvas } = cell.context;
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        cell.context.putImageData(new ImageData(data, width, height), 0, 0);
      }
    });
  };

  const valuesOf = (bitmap: ImageBitmap, signed: boolean): MapValues => {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const pixels = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height);
    for (let i = 0; i < data.length; i++) data[i] = pixels[4 * i]!;
    return { data, width, height, signed, levels: true };
  };

  scope.onmessage = ({ data: message }) => {
    if (message.type === 'settings') {
      settings = message.settings;
      for (const cell of shown.values()) cell.stale = true;
      schedule();
    } else if (message.type === 'map') {
      const { id, canvas, map, least } = message;
      const cell: Shown = { context: canvas.getContext('2d') as Shown['context'], stale: true };
      shown.set(id, cell);
      try {
        cell.map = prepare('bitmap' in map ? valuesOf(map.bitmap, map.signed) : map, least);
        scope.postMessage({ type: 'ready', id });
        schedule();
      } catch (error) {
        scope.postMessage({ type: 'failed', id, message: (error as Error).message });
      }
    } else if (message.type === 'show') {
      const cell = shown.get(message.id);
      if (!cell) return;
      const { size } = message;
      if (size && (size.width !== cell.size?.width || size.height !== cell.size.height)) cell.stale = true;
      cell.size = size;
      schedule();
    } else if (message.type === 'pixels') {
      const map = shown.get(message.id)?.map;
      const painted = map && settings ? paint(map, map, settings) : undefined;
      const image = painted && new ImageData(painted.data, painted.width, painted.height);
      scope.postMessage({ type: 'pixels', request: message.request, image });
    } else {
      shown.delete(message.id);
    }
  };
  scope.postMessage({ type: 'hello' });
}
