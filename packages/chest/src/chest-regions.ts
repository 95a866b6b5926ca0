/**
 * Right lung, left lung, the mediastinum between them and the rest of a frontal chest X-ray.
 *
 * The right lung is the patient's: on the left of the image, as films are hung. The lungs' masks follow the X-rays of
 * children that the network was trained on, whose annotators drew them behind the heart too (models/README.md).
 */
import { type Backend, SaliencyError, type Tensor } from '@regional-saliency/core';
import { labelMap, type Region, type View } from '@regional-saliency/regions';
import { fieldsOf, labelsAt } from './fields';
import { cut, placed, withoutMargins } from './margins';
import { markMediastinum } from './mediastinum';
import { lungNetwork, side } from './network';
import { judge } from './plausibility';
import { grey, prepared } from './prepare';

/** What each number of a label map stands for. */
export const chestLabels = {
  0: 'rest',
  1: 'right lung',
  2: 'left lung',
  3: 'mediastinum',
} as const;

export interface ChestOptions {
  /** What runs the network. It is loaded once for each backend. */
  readonly backend: Backend;
  /** The bytes of models/lungs.onnx, where they can't be found beside this package (a bundle that moves files). */
  readonly model?: Uint8Array;
  /**
   * Height over width of the X-ray, where the image was squashed or stretched to other proportions (default: the image's). Whether a
   * film is cut or turned is told in these.
   */
  readonly proportions?: number;
}

/** Masks, or the reason why there are none. */
export type ChestRegions =
  | {
      readonly found: true;
      /** In [0, 1]; see `judge`. */
      readonly confidence: number;
      /** uint8 [H, W] of the image's own size; numbers as in `chestLabels`. */
      readonly labels: Tensor;
      /** `right lung`, `left lung`, `mediastinum`, `rest`. */
      readonly regions: readonly Region[];
    }
  | {
      readonly found: false;
      readonly confidence: number;
      /** Ends the sentence "no lung fields: …". */
      readonly reason: string;
    };

/**
 * @param image [H, W], [1, H, W] or [3, H, W], lungs dark and bones bright, in any range: contrast is stretched. Any size
 *   and proportions
 * @returns refused with a reason (`found: false`) where the image is lateral, turned, inverted, cut to a part or no chest
 *   X-ray at all, rather than with wrong masks
 * @throws SaliencyError `bad-input` for another shape or values that aren't finite; `backend` where the network can't run
 */
export async function chestRegions(image: Tensor | View, options: ChestOptions): Promise<ChestRegions> {
  const picture = grey(image);
  const small = prepared(picture, side);
  const part = small && withoutMargins(small, side, picture);
  const inside = part && cut(picture, part);
  const data = inside && prepared(inside, side);
  if (!data) return { found: false, confidence: 0, reason: 'the image is of one grey' };
  const network = await lungNetwork(options.backend, options.model);
  const { fields: logits, frontal } = await network.run({
    image: { data, shape: [1, 1, side, side], dtype: 'float32' },
  });
  if (!logits || !frontal) throw new SaliencyError('bad-file', 'the lung fields’ network lacks an output');
  const fields = fieldsOf(logits.data as Float32Array, side);
  const { height, width } = picture;
  const stretched = (options.proportions ?? height / width) / (height / width);
  const proportions = (inside.height / inside.width) * stretched;
  const { confidence, doubt } = judge(fields, Number(frontal.data[0]), { data, proportions });
  if (doubt) return { found: false, confidence, reason: doubt };
  const labelled = labelsAt(fields, inside.height, inside.width);
  markMediastinum(labelled, inside.height, inside.width);
  const found = placed(labelled, part, picture);
  const labels: Tensor = { data: found, shape: [height, width], dtype: 'uint8' };
  const { 0: rest, ...named } = chestLabels;
  const regions = labelMap(labels, named, { missing: 'empty' });
  return {
    found: true,
    confidence,
    labels,
    regions: [...regions, ...labelMap(labels, { 0: rest }, { missing: 'empty' })],
  };
}
