/**
 * Regions from DICOM segmentations (PS3.3 A.51 and C.8.20; Herz et al. 2017, doi 10.1158/0008-5472.CAN-17-0336): binary
 * ones, fractional ones, and label maps.
 */
import { SaliencyError } from '@regional-saliency/core';
import type { DataSet } from 'dicom-parser';
import { listed, type ReaderOptions, unionOfFound } from '../missing';
import type { Region } from '../region';
import { regionOf } from '../rle';
import { type DicomFile, guarded, itemsOf, openDicom, textOf } from './file';
import { samplesOf } from './samples';

export interface DicomSegOptions extends ReaderOptions {
  /**
   * Which slice, where the file holds several: by number from 0, in the order in which slices first stand in the file,
   * or by the SOP Instance UID of the image that it was drawn on.
   */
  readonly slice?: number | string | undefined;
}

/**
 * One region for each segment named; segments may overlap. Fractional ones are inside from half of the largest
 * possible value on.
 *
 * @param segments the region of each segment, by the segment's label or number: `{ 'Lung, right': 'right lung', 2: 'left lung' }`
 * @throws SaliencyError `bad-file` and `unsupported` as `openDicom`, `unsupported` also for compressed frames (RLE is read) and
 *   tiles of a slide; `bad-input` where it is no segmentation, lacks the slice or (unless `missing` is "empty") has
 *   no frame of the segment there; `unknown-name` for the segment
 */
export async function dicomSegRegions(
  bytes: Uint8Array,
  segments: Readonly<Record<string, string>>,
  { slice, missing, source = 'the DICOM segmentation' }: DicomSegOptions = {},
): Promise<Region[]> {
  const file = await openDicom(bytes, source);
  const { known, frames, labels, half } = guarded(source, () => read(file));
  const chosen = frames.filter(inSlice(frames, slice, source, missing));
  const size = { height: file.format.rows, width: file.format.columns };
  return Promise.all(
    Object.entries(segments).map(async ([key, name]) => {
      const segment =
        known.find(({ label }) => label === key) ?? known.find(({ number }) => `${number}` === key);
      if (!segment) {
        const choices = known.map(({ number, label }) => `${label} (${number})`);
        throw new SaliencyError(
          'unknown-name',
          `${source} has no segment "${key}": choose ${listed(choices)}`,
        );
      }
      const drawn = chosen.filter((frame) => labels || frame.segment === segment.number);
      const masks = await Promise.all(
        drawn.map(async ({ index }) => {
          const samples = await samplesOf(file, index);
          const inside = labels
            ? (value: number) => value === segment.number
            : (value: number) => value >= half;
          return Uint8Array.from(samples, (value) => Number(inside(value)));
        }),
      );
      const found = masks.filter((mask) => mask.includes(1)).map((mask) => regionOf(name, mask, size));
      const here = labels
        ? known
        : known.filter(({ number }) => chosen.some((frame) => frame.segment === number));
      return unionOfFound(
        name,
        found,
        { missing, source },
        `pixel of segment "${key}"${slice === undefined ? '' : ` on slice ${slice}`}`,
        here.map(({ label }) => label),
      );
    }),
  );
}

/** What the file says of its segments and frames. */
function read(file: DicomFile) {
  const { dataSet, source } = file;
  const known = itemsOf(dataSet, 'x00620002').map((item) => ({
    number: item.uint16('x00620004'),
    label: textOf(item, 'x00620005', dataSet) ?? '',
  }));
  if (known.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `${source} is DICOM, but no segmentation: it has no list of segments`,
    );
  }
  if (dataSet.elements.x00480006) {
    throw new SaliencyError(
      'unsupported',
      `${source} is drawn on tiles of a slide, which are not put together here`,
    );
  }
  return {
    known,
    frames: framesOf(file),
    /** Whether pixels hold numbers of segments. */
    labels: dataSet.string('x00620001') === 'LABELMAP',
    /** What is inside holds at least this. */
    half: (dataSet.uint16('x0062000e') ?? 1) / 2,
  };
}

interface Frame {
  readonly index: number;
  readonly segment: number | undefined;
  /** The image that it was drawn on, where that is said. */
  readonly image: string | undefined;
  /** What tells its slice from others. */
  readonly plane: string;
}

function framesOf({ dataSet, frames }: DicomFile): Frame[] {
  const [shared] = itemsOf(dataSet, 'x52009229');
  const own = itemsOf(dataSet, 'x52009230');
  const seen = new Map<number | undefined, number>();
  return Array.from({ length: frames }, (_, index) => {
    /** The first item of a functional group, the frame's own or one that all share. */
    const group = (tag: string): DataSet | undefined =>
      itemsOf(own[index], tag)[0] ?? itemsOf(shared, tag)[0];
    const segment = group('x0062000a')?.uint16('x0062000b');
    const [origin] = itemsOf(group('x00089124'), 'x00082112');
    const image = origin?.string('x00081155');
    const nth = seen.get(segment) ?? 0;
    seen.set(segment, nth + 1);
    // Where neither a place nor an image is said, the frames of a segment are its slices in order.
    const plane =
      group('x00209113')?.string('x00200032') ??
      (image ? `${image} ${origin!.string('x00081160') ?? ''}` : `${nth}`);
    return { index, segment, image, plane };
  });
}

function inSlice(
  frames: readonly Frame[],
  slice: number | string | undefined,
  source: string,
  missing: ReaderOptions['missing'],
): (frame: Frame) => boolean {
  const planes = [...new Set(frames.map(({ plane }) => plane))];
  if (typeof slice === 'string') {
    if (missing !== 'empty' && !frames.some(({ image }) => image === slice)) {
      throw new SaliencyError(
        'bad-input',
        `${source} has no slice of the image ${slice}; it holds ${listed(frames.map(({ image }) => image ?? 'unnamed ones'))}: ` +
          'where nothing may be drawn on an image, say missing "empty"',
      );
    }
    return ({ image }) => image === slice;
  }
  if (slice === undefined && planes.length > 1) {
    throw new SaliencyError(
      'bad-input',
      `${source} holds ${planes.length} slices: say which, from 0, or the UID of the image`,
    );
  }
  const plane = planes[slice ?? 0];
  if (plane === undefined) {
    throw new SaliencyError('bad-input', `${source} has no slice ${slice}: choose 0 to ${planes.length - 1}`);
  }
  return (frame) => frame.plane === plane;
}
