export { type Case, type CaseOptions, caseOf, type Feeds, type Parts, randomTensor } from './case';
export { conformanceCases } from './cases';
export { randomPrograms } from './cases/random-programs';
export { checkCase, FLOAT32_BOUND, type Outcome } from './check';
export { describeNodeTests, type NodeTestOptions, type Outside, withoutNodeTests } from './node-tests';
export * from './random';
export { snippetsOf } from './readme';
export { evaluate, kernels, referenceBackend } from './reference/evaluate';
export { type ConformanceOptions, describeConformance, type Unsupported } from './suite';
