export { axisOf } from './attributes';
export type { Backend, Session } from './backend';
export {
  type BlackBox,
  type BlackBoxOptions,
  fromFunction,
  type PredictImages,
  type Retry,
} from './black-box';
export type { BlackBoxExplainer, BlackBoxExplainerOptions } from './black-box-explainer';
export * from './builder';
export { canonize } from './canonize';
export { compile } from './compile';
export { compileParts, compileScore, SCORE } from './compile-procedure';
export * from './dimension';
export { type DrawnInput, drawFor } from './draws';
export * from './errors';
export * from './explainer';
export * from './graph';
export { fromBfloat16, fromFloat16 } from './half';
export { lastSpatialValue, layer, layersMatching, nearest } from './layers';
export { logitsOf } from './logits';
export { type LowerOptions, lower } from './lowering';
export { flipKernel } from './lowering/conv-grad';
export { interleave, tuples } from './lowering/interleave';
export { type Draw, type Method, type MethodContext, uniqueId } from './method';
export { nonNegativity } from './nonnegative';
export { type DetectorBoxOptions, detectorBox } from './objectives/detector-box';
export { logProbability } from './objectives/log-probability';
export { logitDifference } from './objectives/logit-difference';
export type { Index, OutputOption } from './objectives/output';
export { regression } from './objectives/regression';
export { type SegmentationOptions, segmentation } from './objectives/segmentation';
export { type SimilarityOptions, similarity } from './objectives/similarity';
export { operators } from './operators';
export { type AxisMap, mapAxes } from './operators/along-axis';
export type { Operator, OutputType, Rule, RuleContext, Small } from './operators/operator';
export { resizeMaps } from './operators/resize';
export { defineLayerNorm, type Standardized, standardize } from './operators/standardize';
export { reachOf, slidSizes, spatialOf, type Window, windowOf } from './operators/window';
export * from './procedure';
export type { CompileOptions, Preprocessing, Program, ProgramOutputs } from './program';
export { repeat } from './repeat';
export { type Rewriting, rewrite } from './rewrite';
export { isFixed, type Role, type Roles, roleOf, rolesOf } from './roles';
export * from './target';
export * from './tensor';
export { twinsAt } from './twin';
export { forward, vjp, type WalkOptions, walk } from './walk';
