export { align, inverse, type Transform, transformed } from './transform';
export { meanMap, warp } from './warp';
