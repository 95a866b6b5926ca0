import { corrections, effects, tests } from '@regional-saliency/stats';

const normal = [0.16, 0.13, 0.1, 0.18, 0.18, 0.14, 0.12, 0.19, 0.25];
const pneumonia = [0.15, 0.27, 0.2, 0.22, 0.16, 0.1, 0.34, 0.22, 0.21];

const { p, details } = tests['seed-rule'](normal, pneumonia);
console.log(p, details.chosen); // 0.1114… 'student'
console.log(effects['hedges-g'](normal, pneumonia)); // value -0.756…, 95 % interval -1.663… to 0.172…
console.log(corrections.holm([p, 0.004, 0.3])); // over three regions
