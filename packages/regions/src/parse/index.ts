/**
 * The regions of a study file: a JSON list, each entry one or more regions by `type`.
 *
 * Files are read through a function that the caller gives, so that this runs in a browser too.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { ImageInfo, Region, RegionSet } from '../region';
import { checkNames } from '../score';
import { entryTypes } from './entries';
import type { Build, EntryType, ReadFile } from './entry';
import { type Fields, flagOf, isObject, onlyKnown, refuse } from './fields';

export { type Build, type EntryType, type Fields, flagOf, onlyKnown, type ReadFile };

export interface ParseOptions {
  /** The bytes of a file, by the path written in the JSON with `{image}` filled in. */
  readonly readFile?: ReadFile;
  /** More types of entries, by name: those of @regional-saliency/chest, or your own. */
  readonly types?: Readonly<Record<string, EntryType>>;
}

/**
 * Reads the `regions` of a study file. Form, and files that serve every image, are checked now; what depends on
 * the image (a path with `{image}`, lengths in pixels) is made when the set is asked for an image's regions.
 *
 * | type | fields |
 * |---|---|
 * | `grid` | `rows`, `columns`, `names`? |
 * | `box` | `name`, `box`: [left, top, right, bottom], `units`? |
 * | `polygons` | `polygons`: {name: [[x, y], …]} or `file`: a JSON file of such, `units`? |
 * | `labels` | `file`: a PNG, `labels`: {"1": name, …}, `missing`?: "error" or "empty" |
 * | `coco` | `file`: COCO's JSON, `categories`: {name or id: name}, `missing`? |
 * | `labelme` | `file`: LabelMe's JSON, `labels`: {label: name}, `missing`? |
 * | `rle` | `runs`: {name: "17 5 …"} or `file`: a JSON file of such, `order`: "row" or "column", `form`?: "counts" or "pairs", `first`?, `size`?: [height, width] (default: the image's) |
 * | `nifti` | `file`, `labels`: {"1": name, …}, `axis`?: "axial", "coronal", "sagittal" or 0, 1, 2, `index`?, `volume`?, `missing`? |
 * | `dicom-seg` | `file`, `segments`: {label or number: name}, `slice`?: a number, or the UID of the image (which may be "{image}"), `missing`? |
 * | `face-parsing` | `file`: a PNG, `labels`?: "bisenet", "celebamask-hq" or "lapa", `eyes`?: "together" or "apart", `missing`? |
 * | `landmarks` | `file`: JSON of 68 points [x, y], `units`?, `eyes`?, `brows`?: whether eyes reach up to their brows |
 * | `union`, `intersection`, `difference` | `name`, `of`: names of earlier regions, or entries that are not scored themselves |
 *
 * `units` is "fraction" (default) or "pixel" of the image. `{image}` in a file stands for the image's name without its extension.
 *
 * @throws SaliencyError `bad-input` naming the entry and the field; `bad-file` for a file that can't be read.
 *   The set rejects in the same way, also where two regions of an image have one name.
 */
export async function parseRegions(json: unknown, options: ParseOptions = {}): Promise<RegionSet> {
  if (!Array.isArray(json) || json.length === 0) {
    throw new SaliencyError(
      'bad-input',
      'the regions of a study are a list with at least one entry, such as [{"type": "grid", "rows": 1, "columns": 3}]',
    );
  }
  const read: ReadFile =
    options.readFile ??
    (() => Promise.reject(new Error('no function to read files was given (readFile of parseRegions)')));

  const types = new Map([...entryTypes, ...Object.entries(options.types ?? {})]);

  async function parse(value: unknown, where: string): Promise<Build> {
    if (!isObject(value)) refuse(where, 'is no object with a "type"');
    const type = types.get(String(value.type));
    if (!type) {
      refuse(where, `has the type ${JSON.stringify(value.type)}: choose ${[...types.keys()].join(', ')}`);
    }
    const entry: Fields = { where: `${where} (${value.type})`, values: value };
    return type(entry, { read, parse });
  }

  const builds = await Promise.all(json.map((entry, index) => parse(entry, `regions[${index}]`)));
  return async (image: ImageInfo) => {
    const regions: Region[] = [];
    for (const build of builds) regions.push(...(await build(image, regions)));
    checkNames(regions);
    return regions;
  };
}
