export * from './builder';
export * from './dimension';
export * from './errors';
export * from './graph';
export { operators } from './operators';
export type { Operator, Rule, RuleContext, Small } from './operators/operator';
export { reachOf, slidSizes, spatialOf, type Window, windowOf } from './operators/window';
export * from './tensor';
