/**
 * `@regional-saliency/study/browser`: what of a study needs no disk, for pages and workers. Pictures that a page decodes become
 * what a model takes; scores become tests, tables and the report.
 */
export type { BytePicture, Picture } from './images/decode';
export { planes } from './images/planes';
export { type Prepared, type Preprocessing, preprocess } from './images/preprocess';
export { type Field, type Levels, levelsOf } from './overlay/levels';
export { base64 } from './report/base64';
export { outlineOf } from './report/outline';
export type { Picture as ReportPicture } from './report/pictures';
export { type ReportImage, type ReportInput, renderReport } from './report/report';
export {
  correctionTitle,
  effectSymbol,
  effectTitle,
  findings,
  number,
  pValue,
  testTitle,
} from './report/words';
export type * from './results';
export { type Analysis, type AnalysisOptions, analyse } from './study/analyse';
export { comparisonTable, overallTable } from './study/comparison-table';
export { scoreTable } from './study/score-table';
export type { StudyTests } from './study/tests';
export { type Table, toCsv } from './tables/table';
