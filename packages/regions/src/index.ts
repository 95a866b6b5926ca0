export * from './aggregations';
export * from './box';
export * from './coco';
export type { Point, Units } from './coordinates';
export { type DicomFile, isDicom, itemsOf as dicomItems, openDicom, type PixelFormat } from './dicom/file';
export { type FrameDecoder, samplesOf } from './dicom/samples';
export { type DicomSegOptions, dicomSegRegions } from './dicom/segmentation';
export * from './faces';
export * from './frame';
export * from './grid';
export * from './label-map';
export * from './labelme';
export type { ReaderOptions } from './missing';
export {
  isNifti,
  labelsFromNifti,
  type NiftiFile,
  type NiftiSlice,
  type NiftiSliceOptions,
  type NiftiValues,
  openNifti,
} from './nifti';
export { type NullOptions, type NullScore, nullRegions } from './null-regions';
export * from './parse';
export * from './png';
export * from './polygon';
export * from './reductions';
export * from './region';
export * from './resize';
export { type RleOptions, rle } from './rle';
export { type Score, type ScoreOptions, scoreRegions } from './score';
export * from './set-operations';
export * from './superpixels';
export type { Floats } from './values';
export * from './view';
