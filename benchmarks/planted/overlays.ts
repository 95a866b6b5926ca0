/** Every method's maps over the first images of each task, as PNG files and a page that shows them side by side. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { drawOverlay, encodePng } from '@regional-saliency/study';
import { size } from '../../examples/demo/phantom';
import type { Planted, Task } from './phantoms';

export interface Overlays {
  add(task: Task, id: string, index: number, image: Planted, map: Float32Array): Promise<void>;
  /** Writes the page, methods in the order given. */
  finish(order: readonly string[]): void;
}

/** @param folder is made; ends with a slash */
export function overlays(folder: string, tasks: readonly Task[]): Overlays {
  const counts = new Map<string, number>();
  const file = (task: Task, id: string, index: number) =>
    `${task.id}-${id.replaceAll(' ', '-')}-${index}.png`;
  mkdirSync(folder, { recursive: true });
  return {
    async add(task, id, index, image, map) {
      const outlined = image.pixels.map((grey, at) => (edge(image.inside, at) ? 255 : grey));
      const picture = { width: size, height: size, channels: 1, data: outlined } as const;
      const over = drawOverlay(picture, { width: size, height: size, data: map });
      writeFileSync(`${folder}${file(task, id, index)}`, await encodePng(over));
      counts.set(task.id, Math.max(counts.get(task.id) ?? 0, index + 1));
    },
    finish(order) {
      const cell = (id: string) => {
        const pictures = tasks.flatMap((task) =>
          Array.from({ length: counts.get(task.id) ?? 0 }, (_, index) => {
            const source = file(task, id, index);
            return `<img src="${source}" alt="${id}: ${task.id}, image ${index + 1}">`;
          }),
        );
        return `<figure>${pictures.join('')}<figcaption>${id}</figcaption></figure>`;
      };
      const style =
        'body{font:13px sans-serif;display:flex;flex-wrap:wrap;gap:6px}figure{margin:0}img{width:88px;height:88px}';
      writeFileSync(
        `${folder}index.html`,
        `<!doctype html><meta charset="utf-8"><title>Planted truth</title><style>${style}</style>\n${order
          .map(cell)
          .join('\n')}\n`,
      );
    },
  };
}

/** Whether a pixel is the region's last before its outside. */
function edge(inside: Uint8Array, at: number): boolean {
  if (inside[at] === 0) return false;
  return [at - 1, at + 1, at - size, at + size].some((next) => inside[next] === 0);
}
