/**
 * `npx tsx examples/faces/run.ts [scores.csv phenotypes.csv]`: both questions of the paper, as out/faces.html.
 *
 * Without tables it simulates them, and writes them beside the page: they show the columns that yours need.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { regions } from './names';
import type { Operating } from './operating';
import { plantedIn } from './operating';
import { renderPage } from './page';
import { compare, countSignificant } from './rq1';
import { follow } from './rq2';
import { simulate } from './simulate';
import { readPhenotypes, readScores, severitiesOf, writePhenotypes, writeScores } from './tables';

const [scoresFile, phenotypesFile] = process.argv.slice(2);
const folder = new URL('../../out/', import.meta.url);
await mkdir(folder, { recursive: true });

const given = scoresFile !== undefined && phenotypesFile !== undefined;
const study = given
  ? {
      scores: readScores(await readFile(scoresFile, 'utf8'), scoresFile),
      phenotypes: readPhenotypes(await readFile(phenotypesFile, 'utf8'), phenotypesFile),
    }
  : simulate({ seed: 2023 });
if (!given) {
  await writeFile(new URL('faces-scores.csv', folder), writeScores(study.scores));
  await writeFile(new URL('faces-phenotypes.csv', folder), writePhenotypes(study.phenotypes));
}

const severities = severitiesOf(study.phenotypes, regions);
const comparisons = compare(study.scores, severities);
const follows = follow(study.scores, severities);
const found = follows.filter((each) => 'p' in each);
console.log('RQ1: methods that tell the syndrome from unaffected faces (p < 0.001, Bonferroni)');
console.table(countSignificant(comparisons));
for (const [question, rows] of [
  ['RQ1', comparisons],
  ['RQ2', found],
] as const) {
  const hits = rows.filter(({ significant }) => significant);
  if (given) console.log(`${question}: ${hits.length} of ${rows.length} significant`);
  else {
    const planted = rows.filter((row) => plantedIn(question, row) !== 0);
    const right = hits.filter((row) => plantedIn(question, row) !== 0);
    console.log(
      `${question}: ${right.length} of ${planted.length} planted effects found, ` +
        `${hits.length - right.length} of ${rows.length - planted.length} others`,
    );
  }
}
const operating = given
  ? undefined
  : (JSON.parse(await readFile(new URL('./operating.json', import.meta.url), 'utf8')) as Operating);
await writeFile(new URL('faces.html', folder), renderPage({ comparisons, follows, operating }));
console.log('out/faces.html');
