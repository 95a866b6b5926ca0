export {
  colourTable,
  type DivergingColours,
  divergingColours,
  type SequentialColours,
  sequentialColours,
} from './colours';
export type {
  Item,
  MaskPixels,
  NumberMap,
  PathOutline,
  Picture,
  PictureMap,
  Point,
  Region,
  SaliencyMap,
} from './data';
export { defineSaliencyViewer } from './define';
export { type ChangeDetail, SaliencyViewer, type SaliencyViewerEvents, type SelectDetail } from './element';
export { contourOf } from './outlines';
export type { View } from './view';

import type { SaliencyViewer } from './element';

declare global {
  interface HTMLElementTagNameMap {
    'saliency-viewer': SaliencyViewer;
  }
}
