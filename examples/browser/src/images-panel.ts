/** Images in groups: dropped, named, taken out again. */
import { attempt, counted, element, find, onFiles } from './page';
import type { Group, Study, StudyImage } from './study';

export interface ImagesPanel {
  /** Replaces all groups. */
  fill(groups: readonly { readonly name: string; readonly files: readonly File[] }[]): Promise<void>;
}

/** Pictures shown of a group; the rest are counted. */
const SHOWN = 12;
const SIDE = 48;

export function imagesPanel(study: Study): ImagesPanel {
  const panel = document.querySelector<HTMLElement>('#images')!;
  const list = find(panel, '.groups');

  const draw = () => list.replaceChildren(...study.groups.map(card));
  const changed = () => {
    draw();
    study.changed('images');
  };

  async function add(group: Group, files: readonly File[]): Promise<void> {
    const refused: string[] = [];
    for (const file of files) {
      if (study.groups.some(({ images }) => images.some(({ name }) => name === file.name))) {
        refused.push(`${file.name} is there already, and images are told apart by their names`);
        continue;
      }
      const image = await opened(file);
      if (image) group.images.push(image);
      else refused.push(`${file.name} is no image that this browser can show: save it as PNG or JPEG`);
    }
    changed();
    if (refused.length > 0) {
      const more = refused.length > 1 ? ` (and ${refused.length - 1} more were left out)` : '';
      throw new Error(`${refused[0]}${more}`);
    }
  }

  function card(group: Group): HTMLElement {
    const { images } = group;
    const name = element('input', {
      value: group.name,
      'aria-label': 'Name of the group',
      autocomplete: 'off',
    });
    name.addEventListener('change', () => {
      const taken = study.groups.some((other) => other !== group && other.name === name.value.trim());
      if (taken || name.value.trim() === '') name.value = group.name;
      group.name = name.value.trim();
      changed();
    });
    const count = element('span', { class: 'soft number' }, counted(images.length, 'image'));
    const remove = element(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': `Remove ${group.name}` },
      '×',
    );
    remove.addEventListener('click', () => {
      if (study.groups.length > 1) study.groups = study.groups.filter((other) => other !== group);
      else group.images = [];
      changed();
    });
    const drop = element(
      'label',
      { class: 'drop small' },
      element('input', { type: 'file', multiple: true, accept: 'image/*' }),
      element(
        'span',
        {},
        images.length === 0 ? 'Drop images here or ' : 'Add images or ',
        element('u', {}, 'choose files'),
      ),
    );
    onFiles(drop, (files) => attempt(panel, () => add(group, files)));
    return element(
      'div',
      { class: 'group' },
      element('div', { class: 'head' }, name, count, remove),
      element('div', { class: 'thumbs' }, ...images.slice(0, SHOWN).map(thumb)),
      drop,
    );
  }

  find(panel, '[name=add]').addEventListener('click', () => {
    const letter = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].find(
      (each) => !study.groups.some(({ name }) => name === `group ${each}`),
    );
    study.groups.push({ name: `group ${letter ?? study.groups.length + 1}`, images: [] });
    changed();
  });
  draw();
  return {
    async fill(groups) {
      study.groups = groups.map(({ name }) => ({ name, images: [] }));
      await attempt(panel, async () => {
        for (const [index, { files }] of groups.entries()) await add(study.groups[index]!, files);
      });
    },
  };
}

/** Undefined for a file that is no picture. */
async function opened(file: File): Promise<StudyImage | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  const { width, height } = bitmap;
  bitmap.close();
  return { name: file.name, file, width, height };
}

function thumb({ name, file }: StudyImage): HTMLElement {
  const canvas = element('canvas', {
    width: SIDE,
    height: SIDE,
    role: 'img',
    'aria-label': name,
    title: name,
  });
  void createImageBitmap(file).then((bitmap) => {
    const side = Math.min(bitmap.width, bitmap.height);
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    canvas.getContext('2d')!.drawImage(bitmap, left, top, side, side, 0, 0, SIDE, SIDE);
    bitmap.close();
  });
  return canvas;
}
