/** The report to download: the page that `regional-saliency study` writes, of what was found here. */
import { resize } from '@regional-saliency/regions';
import {
  type BytePicture,
  base64,
  type Field,
  levelsOf,
  type ReportPicture,
  renderReport,
  type ScoreRow,
  type StudyResults,
} from '@regional-saliency/study/browser';
import viewer from '@regional-saliency/viewer/saliency-viewer.js?raw';
import { encode } from 'fast-png';

export interface ReportMaterial {
  readonly results: StudyResults;
  readonly scores: readonly ScoreRow[];
  readonly images: readonly {
    readonly image: string;
    readonly group: string;
    readonly target: number;
    readonly predicted: number;
    readonly shown: BytePicture;
    readonly maps: ReadonlyMap<string, Field>;
    /** SVG paths in pixels of the picture. */
    readonly outlines: ReportPicture['regions'];
  }[];
}

/** Images of each group that are shown at first. */
const SHOWN = 5;

export async function writeReport({ results, scores, images }: ReportMaterial): Promise<string> {
  const signed = results.reduce === 'sum';
  const shown = [];
  for (const [index, { image, group, target, predicted, ...own }] of images.entries()) {
    const content: ReportPicture = {
      width: own.shown.width,
      height: own.shown.height,
      picture: await jpeg(own.shown),
      maps: Object.fromEntries([...own.maps].map(([label, map]) => [label, levels(map, own.shown, signed)])),
      regions: own.outlines,
    };
    shown.push({ name: `image-${index}`, image, group, target, predicted, content });
  }
  return renderReport({ results, scores, images: shown, shown: SHOWN, viewer, signed });
}

async function jpeg({ width, height, channels, data }: BytePicture): Promise<string> {
  const pixels = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels.data[4 * pixel + channel] = data[channels * pixel + (channels === 3 ? channel : 0)]!;
    }
    pixels.data[4 * pixel + 3] = 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.88 });
  return base64(new Uint8Array(await blob.arrayBuffer()));
}

/** A map as a grey PNG of levels at its image's resolution. */
function levels(map: Field, { height, width }: BytePicture, signed: boolean): string {
  const { data } = resize(
    { data: map.data, shape: [1, map.height, map.width], dtype: 'float32' },
    { height, width },
  );
  const { data: grey } = levelsOf({ width, height, data }, signed);
  return base64(encode({ width, height, data: grey, channels: 1, depth: 8 }));
}
