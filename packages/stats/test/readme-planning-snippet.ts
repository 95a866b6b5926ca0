import { bootstrap, equivalence, powerAnalyses } from '@regional-saliency/stats';

// How many images a group find a difference of 0.8 standard deviations? What do 20 and 35 find?
console.log(powerAnalyses.student.sampleSize(0.8, { power: 0.9 }).n); // [34, 34]
console.log(powerAnalyses['mann-whitney'].detectableEffect([20, 35])); // rank-biserial 0.457…

// Do two scanners give the same scores, to 0.05?
const scannerA = [0.21, 0.24, 0.19, 0.26, 0.22, 0.2, 0.25, 0.23];
const scannerB = [0.22, 0.25, 0.21, 0.24, 0.23, 0.19, 0.24, 0.26];
console.log(equivalence(scannerA, scannerB, { bounds: 0.05 }).p); // 0.00096…: they do

// The median over images of five patients, who are drawn again with all their images.
const scores = [0.11, 0.12, 0.3, 0.28, 0.19, 0.2, 0.24, 0.23, 0.35, 0.33];
const patients = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd', 'e', 'e'];
const median = (values: Float64Array) => {
  const sorted = values.toSorted();
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};
console.log(bootstrap(scores, median, { clusters: patients }).interval); // 0.12 to 0.33
