import { readStudy, runStudy } from '@regional-saliency/study';

const { results, files } = await runStudy(await readStudy('study.json'));
console.log(results.comparisons.length, files.report);
