/**
 * Regions: drawn, loaded, a grid, or lungs that are found in each image. They are the entries of a study file's `regions`, which
 * can be saved and given to `regional-saliency study`.
 */
import { lungZones } from '@regional-saliency/chest';
import { SaliencyError } from '@regional-saliency/core';
import {
  type EntryType,
  flagOf,
  labelMap,
  labelsFromPng,
  onlyKnown,
  parseRegions,
  type Region,
  type RegionSet,
} from '@regional-saliency/regions';
import { outlineOf, planes } from '@regional-saliency/study/browser';
import { drawingBoard } from './board';
import type { Calls } from './calls';
import { decode } from './decode';
import { attempt, download, element, find, onFiles, setOptions } from './page';
import type { RegionEntry, Study, StudyImage } from './study';

export interface RegionsPanel {
  /** An image's regions by the entries as they are. @throws SaliencyError where they can't be had */
  of(image: StudyImage): Promise<readonly Region[]>;
  /** Replaces all entries. */
  fill(entries: readonly RegionEntry[], files: ReadonlyMap<string, Uint8Array>): void;
}

/** Outlines on the board are of masks of this many pixels a side. */
const MASK = 250;

export function regionsPanel(study: Study, calls: Calls): RegionsPanel {
  const panel = document.querySelector<HTMLElement>('#regions')!;
  const list = find<HTMLUListElement>(panel, '.list');
  const chosen = find<HTMLSelectElement>(panel, '[name=image]');
  const number = (name: string) => find<HTMLInputElement>(panel, `[name=${name}]`).valueAsNumber;
  const board = drawingBoard(panel, (entry) => add([entry]));
  const found = new Map<Blob, Promise<readonly Region[]>>();

  /** Lungs are found by a network, once for each image. */
  const chest: EntryType = (entry) => {
    onlyKnown(entry, ['type', 'mediastinum', 'zones', 'rest']);
    const [mediastinum, zones] = [flagOf(entry, 'mediastinum', true), flagOf(entry, 'zones', false)];
    return async ({ pixels }) => {
      const { labels, confidence } = await calls.lungs(pixels!);
      const names = { 1: 'right lung', 2: 'left lung', ...(mediastinum && { 3: 'mediastinum' }) };
      const regions = [...labelMap(labels, names, { missing: 'empty' }), ...(zones ? lungZones(labels) : [])];
      return regions.map((region) => ({ ...region, confidence }));
    };
  };

  let set = parsed();
  async function parsed(): Promise<RegionSet> {
    // A list without entries is refused as a mistake; here it is the beginning.
    if (study.entries.length === 0) return async () => [];
    return parseRegions(study.entries, {
      types: { chest },
      readFile: async (path) => {
        const bytes = study.files.get(path);
        if (bytes) return bytes;
        throw new Error('it was not loaded: load it together with the regions');
      },
    });
  }

  function of(image: StudyImage): Promise<readonly Region[]> {
    const known = found.get(image.file);
    if (known) return known;
    const own = regionsOf(image);
    found.set(image.file, own);
    return own;
  }

  async function regionsOf(image: StudyImage): Promise<readonly Region[]> {
    const needsPixels = study.entries.some(({ type }) => type === 'chest');
    const pixels = needsPixels ? planes(await decode(image)) : undefined;
    const { width, height } = image;
    const own = await set;
    try {
      return await own({ name: image.name.replace(/\.[^.]+$/, ''), width, height, pixels });
    } catch (error) {
      if (!(error instanceof SaliencyError)) throw error;
      throw new SaliencyError(error.code, `${image.name}: ${error.message}`, { cause: error });
    }
  }

  /** Entries that don't hold are not kept. */
  async function add(entries: readonly RegionEntry[]): Promise<void> {
    const before = study.entries;
    const kept = await attempt(panel, async () => {
      study.entries = [...before, ...entries];
      set = parsed();
      found.clear();
      await set;
      const image = current();
      if (image) await of(image);
    });
    if (!kept) study.entries = before;
    changed();
  }

  function changed(): void {
    set = parsed();
    // A set that was refused was said already, where it was added.
    set.catch(() => undefined);
    found.clear();
    draw();
    study.changed('regions');
  }

  const current = () =>
    study.groups.flatMap(({ images }) => images).find(({ name }) => name === chosen.value);

  function draw(): void {
    list.replaceChildren(
      ...(study.entries.length > 0
        ? study.entries.map(line)
        : [
            element(
              'li',
              { class: 'soft' },
              'No region yet: draw one on the board, add a grid, or load a label map.',
            ),
          ]),
    );
    find<HTMLButtonElement>(panel, '[name=save]').disabled = study.entries.length === 0;
    void drawBoard();
  }

  let drawings = 0;
  async function drawBoard(): Promise<void> {
    const own = ++drawings;
    const image = current();
    await board.show(image);
    const regions = image && study.entries.length > 0 ? await of(image).catch(() => []) : [];
    // Finding lungs takes a while, and more may be drawn meanwhile.
    if (own !== drawings) return;
    board.outline(
      regions.map((region) => {
        const { data } = region.mask(MASK, MASK);
        return { name: region.name, path: outlineOf({ width: MASK, height: MASK, data }), side: MASK };
      }),
    );
  }

  function line(entry: RegionEntry, index: number): HTMLElement {
    const replace = (other?: RegionEntry) => {
      study.entries = study.entries.flatMap((each, at) => (at === index ? (other ?? []) : each));
      changed();
    };
    const remove = element(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': `Remove ${titleOf(entry)}` },
      '×',
    );
    remove.addEventListener('click', () => replace());
    const rename = renamed(entry);
    if (!rename) return element('li', {}, element('span', {}, titleOf(entry)), remove);
    const name = element('input', {
      value: titleOf(entry),
      'aria-label': 'Name of the region',
      autocomplete: 'off',
    });
    name.addEventListener('change', () => replace(rename(name.value.trim() || titleOf(entry))));
    return element('li', {}, name, remove);
  }

  async function load(files: readonly File[]): Promise<void> {
    await attempt(panel, async () => {
      const maps = files.filter(({ name }) => /\.png$/i.test(name));
      for (const file of maps) study.files.set(file.name, new Uint8Array(await file.arrayBuffer()));
      const json = files.find(({ name }) => /\.json$/i.test(name));
      if (json) return await add(entriesOf(json.name, await json.text()));
      if (maps.length === 0) {
        throw new SaliencyError(
          'bad-file',
          `${files[0]!.name} is neither a label map (PNG) nor regions (JSON)`,
        );
      }
      const [first] = maps as [File];
      const values = new Set(labelsFromPng(study.files.get(first.name)!, first.name).data as Uint8Array);
      const labels = [...values].filter((label) => label > 0).sort((a, b) => a - b);
      if (labels.length === 0)
        throw new SaliencyError('bad-file', `${first.name} has no label above 0: it marks no region`);
      const file = maps.length === 1 ? first.name : '{image}.png';
      const names = Object.fromEntries(labels.map((label) => [label, `label ${label}`]));
      await add([{ type: 'labels', file, labels: names, missing: 'empty' }]);
    });
  }

  onFiles(find(panel, 'label.button'), load);
  find(panel, '[name=grid]').addEventListener('click', () =>
    add([{ type: 'grid', rows: number('rows'), columns: number('columns') }]),
  );
  find(panel, '[name=lungs]').addEventListener('click', () => add([{ type: 'chest' }]));
  find(panel, '[name=save]').addEventListener('click', () =>
    download('regions.json', 'application/json', `${JSON.stringify(study.entries, null, 2)}\n`),
  );
  chosen.addEventListener('change', drawBoard);
  study.on('images', () => {
    const images = study.groups.flatMap(({ images }) => images);
    setOptions(
      chosen,
      images.map(({ name }) => [name, name] as const),
    );
    void drawBoard();
  });
  draw();
  return {
    of,
    fill(entries, files) {
      study.entries = [...entries];
      study.files.clear();
      for (const [name, bytes] of files) study.files.set(name, bytes);
      changed();
    },
  };
}

/** @throws SaliencyError that names the file */
function entriesOf(name: string, text: string): RegionEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SaliencyError('bad-file', `${name} is not JSON: it holds the "regions" of a study file`, {
      cause,
    });
  }
  // A whole study file will do.
  const entries = Array.isArray(json) ? json : (json as { regions?: unknown } | null)?.regions;
  if (Array.isArray(entries)) return entries as RegionEntry[];
  throw new SaliencyError('bad-file', `${name} has no list of regions: it is one, or has one as "regions"`);
}

function titleOf(entry: RegionEntry): string {
  const { type, name } = entry;
  if (typeof name === 'string') return name;
  if (type === 'grid') return `grid of ${entry.rows} × ${entry.columns}`;
  if (type === 'chest') return 'lungs and mediastinum, found in each image';
  if (type === 'polygons')
    return Object.keys((entry.polygons ?? {}) as object).join(', ') || `polygons of ${entry.file}`;
  if (type === 'labels')
    return `${Object.values((entry.labels ?? {}) as object).join(', ')} of ${entry.file}`;
  return type;
}

/** The entry under another name, where it is one region that was drawn. */
function renamed(entry: RegionEntry): ((name: string) => RegionEntry) | undefined {
  if (entry.type === 'box') return (name) => ({ ...entry, name });
  const polygons = Object.values((entry.polygons ?? {}) as object);
  if (entry.type === 'polygons' && polygons.length === 1)
    return (name) => ({ ...entry, polygons: { [name]: polygons[0] } });
  return undefined;
}
