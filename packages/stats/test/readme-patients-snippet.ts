import { permutation } from '@regional-saliency/stats';

// Seven X-rays of three patients with pneumonia, eight of four without.
const sick = [0.31, 0.33, 0.28, 0.35, 0.36, 0.41, 0.4];
const well = [0.2, 0.22, 0.19, 0.27, 0.24, 0.25, 0.21, 0.3];
const clusters = ['a', 'a', 'b', 'b', 'b', 'c', 'c'];
const clustersB = ['d', 'd', 'e', 'f', 'f', 'f', 'g', 'g'];

console.log(permutation(sick, well).p); // 0.0006…, as if there were fifteen patients
console.log(permutation(sick, well, { clusters, clustersB }).p); // 0.057…: the most extreme of 35 divisions
