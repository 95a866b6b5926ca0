/** What becomes of the relevances that the channels of one pixel hold: one number. */
export type Reduction = (channels: Float64Array) => number;
