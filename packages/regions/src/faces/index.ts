export { type LandmarkOptions, landmarkParts, landmarkRegions } from './landmarks';
export {
  type FaceBoxOptions,
  type FaceLabels,
  type FaceLabelsId,
  type FaceMargins,
  faceBoxes,
  faceLabels,
  paperMargins,
} from './parsing';
