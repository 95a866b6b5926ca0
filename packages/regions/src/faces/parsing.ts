/**
 * Eyes, nose and mouth as boxes over a face parsing: a label map whose pixels say which part of the face they show.
 *
 * The rule is that of the study of genetic syndromes: Sümer et al. 2023, Region-based Saliency Explanations on the
 * Recognition of Facial Genetic Syndromes, Machine Learning for Healthcare, PMLR 219. Each label's largest connected
 * component counts; its boxes get margins; the eye wins over the
 * nose. Three things are put right. A box holds its component's last row and column, which the published code leaves out
 * of each; margins are not cut down to whole pixels, so that the rule means the same at every resolution and for a
 * mirrored face; and a box that reaches beyond the image is cut at its border (in the published code one that reaches
 * beyond the left or upper border is lost).
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import { box } from '../box';
import { listed } from '../missing';
import { emptyMask, type Region } from '../region';
import { difference, union } from '../set-operations';
import { asTensor, type View } from '../view';
import { boxAround, boxOfLargest, type PixelBox } from './component';

/** Which labels of a parsing show what. A part may have several labels, such as both lips. */
export interface FaceLabels {
  /** Eyebrow and eye of one side. Which side it is, is seen from where they lie. */
  readonly eyes: readonly [readonly number[], readonly number[]];
  readonly nose: readonly number[];
  readonly mouth: readonly number[];
}

/** The numbers that parsing networks and data sets give to parts of the face. */
export const faceLabels = {
  /**
   * Nineteen classes of CelebAMask-HQ (Lee et al. 2020, doi:10.1109/CVPR42600.2020.00559) as most networks trained on it
   * number them (BiSeNet): skin 1, brows 2 and 3, eyes 4 and 5, glasses 6, nose 10, mouth's inside 11, lips 12 and 13.
   */
  bisenet: {
    eyes: [
      [2, 4],
      [3, 5],
    ],
    nose: [10],
    mouth: [12, 13],
  },
  /** The same classes as the data set's own scripts number them: skin 1, nose 2, eyes 4 and 5, brows 6 and 7, lips 11 and 12. */
  'celebamask-hq': {
    eyes: [
      [6, 4],
      [7, 5],
    ],
    nose: [2],
    mouth: [11, 12],
  },
  /**
   * Eleven classes of Helen and LaPa (Liu et al. 2020, doi:10.1609/aaai.v34i07.6832), which the paper's parsing has too:
   * skin 1, brows 2 and 3, eyes 4 and 5, nose 6, lips 7 and 9.
   */
  lapa: {
    eyes: [
      [2, 4],
      [3, 5],
    ],
    nose: [6],
    mouth: [7, 9],
  },
} as const satisfies Record<string, FaceLabels>;

export type FaceLabelsId = keyof typeof faceLabels;

/** How far boxes reach beyond what they hold, in parts of its own width or height unless said. */
export interface FaceMargins {
  /** Of an eye's box (brow and eye): away from the nose, towards it, and up and down. */
  readonly eyeOuter: number;
  readonly eyeInner: number;
  readonly eyeVertical: number;
  /** The nose begins this part of the lower eye box's height below the top of the eye boxes. */
  readonly noseTop: number;
  /** Of the mouth's box to the left and right. */
  readonly mouthSide: number;
  /** The part of the gap between nose and lips that goes to the nose, the rest to the mouth. */
  readonly gapToNose: number;
  /** The part of the same gap by which the mouth's box goes down below the lips. */
  readonly mouthBelow: number;
}

/** The paper's margins. */
export const paperMargins: FaceMargins = {
  eyeOuter: 0.2,
  eyeInner: 0.1,
  eyeVertical: 0.2,
  noseTop: 0.3,
  mouthSide: 0.2,
  gapToNose: 0.5,
  mouthBelow: 0.5,
};

export interface FaceBoxOptions {
  /** What the numbers mean; default `bisenet`. */
  readonly labels?: FaceLabelsId | FaceLabels;
  /** Those that differ from the paper's. */
  readonly margins?: Partial<FaceMargins>;
  /** Both eyes as the region `eyes` (the default, as in the paper), or `right eye` and `left eye`. */
  readonly eyes?: 'together' | 'apart';
  /**
   * A part that the map has no pixel of: an error (the default), or an empty region if it is all of a region, and no part
   * in the others' margins.
   */
  readonly missing?: 'error' | 'empty';
  /** What to call the map in errors, such as its file. */
  readonly source?: string;
}

/**
 * The regions `eyes` (or `right eye`, `left eye`), `nose` and `mouth` of one face. Right and left are the person's: the
 * right eye lies on the left of the image.
 *
 * @param parsing whole numbers [height, width]; a map of any size, which covers the whole image
 * @throws SaliencyError `bad-input` for another shape, a label that is missing, or a margin below zero; `unknown-name` for labels
 */
export function faceBoxes(parsing: Tensor | View, options: FaceBoxOptions = {}): Region[] {
  const { eyes = 'together', missing = 'error', source = 'the face parsing' } = options;
  const labels = labelsOf(options.labels ?? 'bisenet');
  const margins = marginsOf(options.margins);
  const { data, shape } = asTensor(parsing);
  const [height, width] = shape as [number, number];
  if (shape.length !== 2 || data.length === 0) {
    throw new SaliencyError(
      'bad-input',
      `${source} has shape [${shape.join(', ')}], and a face parsing has shape [height, width]`,
    );
  }
  const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const partOf = (numbers: readonly number[], what: string) =>
    boxAround(
      numbers.map((label) => {
        const found = boxOfLargest(values, width, label);
        if (found || missing === 'empty') return found;
        throw new SaliencyError(
          'bad-input',
          `${source} has no pixel with label ${label} (${what}); it holds ${listed([...new Set(values)].sort((a, b) => a - b))}: ` +
            'name the numbering of its labels, or where a part may be hidden say missing "empty"',
        );
      }),
    );

  const boxes = arrange(
    [partOf(labels.eyes[0], 'an eye or its brow'), partOf(labels.eyes[1], 'an eye or its brow')],
    partOf(labels.nose, 'nose'),
    partOf(labels.mouth, 'a lip'),
    width,
    margins,
  );
  const image = { height, width };
  const regionOf = (name: string, found: PixelBox | undefined): Region =>
    found
      ? box(name, [found.left, found.top, found.right, found.bottom], { units: 'pixel', image })
      : { name, mask: emptyMask };
  const [right, left] = [regionOf('right eye', boxes.right), regionOf('left eye', boxes.left)];
  return [
    ...(eyes === 'together' ? [union('eyes', right, left)] : [right, left]),
    difference('nose', regionOf('nose', boxes.nose), right, left),
    regionOf('mouth', boxes.mouth),
  ];
}

function arrange(
  [a, b]: readonly [PixelBox | undefined, PixelBox | undefined],
  nose: PixelBox | undefined,
  mouth: PixelBox | undefined,
  width: number,
  margins: FaceMargins,
): Record<'right' | 'left' | 'nose' | 'mouth', PixelBox | undefined> {
  const middle = (found: PixelBox) => (found.left + found.right) / 2;
  const only = a ?? b;
  // One eye alone is told from the nose, or from the middle of the image.
  const alone =
    only && middle(only) > (nose ? middle(nose) : width / 2) ? [undefined, only] : [only, undefined];
  const [right, left] = a && b ? [a, b].sort((one, other) => middle(one) - middle(other)) : alone;

  const widened = (eye: PixelBox | undefined, toLeft: number, toRight: number) => {
    if (!eye) return undefined;
    const [across, down] = [eye.right - eye.left, (eye.bottom - eye.top) * margins.eyeVertical];
    return {
      left: eye.left - toLeft * across,
      top: eye.top - down,
      right: eye.right + toRight * across,
      bottom: eye.bottom + down,
    };
  };
  const rightBox = widened(right, margins.eyeOuter, margins.eyeInner);
  const leftBox = widened(left, margins.eyeInner, margins.eyeOuter);

  const gap = nose && mouth ? mouth.top - nose.bottom : 0;
  const eyes = [right, left].filter((eye) => eye !== undefined);
  const lower = Math.min(...eyes.map((eye) => eye.bottom - eye.top));
  const top = Math.min(...[rightBox, leftBox].flatMap((eye) => (eye ? [eye.top] : [])));
  const noseBox = nose && {
    ...nose,
    top: eyes.length > 0 ? top + margins.noseTop * lower : nose.top,
    bottom: nose.bottom + margins.gapToNose * gap,
  };
  const side = mouth ? margins.mouthSide * (mouth.right - mouth.left) : 0;
  const mouthBox = mouth && {
    left: mouth.left - side,
    top: mouth.top - (1 - margins.gapToNose) * gap,
    right: mouth.right + side,
    bottom: mouth.bottom + margins.mouthBelow * gap,
  };
  return { right: rightBox, left: leftBox, nose: withArea(noseBox), mouth: withArea(mouthBox) };
}

/** A part drawn upside down has none: lips above the nose, a nose above the eyes. */
function withArea(found: PixelBox | undefined): PixelBox | undefined {
  return found && found.right > found.left && found.bottom > found.top ? found : undefined;
}

function labelsOf(labels: FaceLabelsId | FaceLabels): FaceLabels {
  if (typeof labels !== 'string') return labels;
  if (Object.hasOwn(faceLabels, labels)) return faceLabels[labels];
  throw new SaliencyError(
    'unknown-name',
    `there is no numbering of face parts called "${labels}": choose ${Object.keys(faceLabels).join(', ')}`,
  );
}

function marginsOf(given: Partial<FaceMargins> = {}): FaceMargins {
  for (const [name, value] of Object.entries(given)) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new SaliencyError('bad-input', `the margin "${name}" is ${value}: give a number from 0`);
    }
  }
  return { ...paperMargins, ...given };
}
