export { type BackendName, backendNames, openBackend } from './backends';
export { main } from './cli';
export {
  type CompareCommand,
  type CompareResults,
  compareTable,
  showComparisons,
} from './commands/compare';
export { type CompileCommand, compileModel } from './commands/compile';
export { type ExplainCommand, explainImages } from './commands/explain';
export { type Inspection, inspect } from './commands/inspect';
export type { Support } from './commands/support';
export { type BytePicture, decodeImage, type Picture, readImage } from './images/decode';
export { imagesIn } from './images/folder';
export { type Prepared, type Preprocessing, preprocess } from './images/preprocess';
export { type Interpolation, resizeBytes, resizeFloats } from './images/resize';
export { readModel } from './model';
export { type ColourMap, colourMaps, colourTable } from './overlay/colours';
export { encodeNpy } from './overlay/npy';
export { drawOverlay, encodePng, type OverlayOptions } from './overlay/overlay';
export { runProgram } from './program';
export type { Picture as ReportPicture } from './report/pictures';
export { type ReportImage, type ReportInput, renderReport } from './report/report';
export { findings } from './report/words';
export type * from './results';
export { parseStudy, readStudy, type StudyConfig } from './study/config';
export { type RunOptions, runStudy, Stopped, type StudyOutcome } from './study/run';
export { type Table, toCsv, toParquet } from './tables/table';
