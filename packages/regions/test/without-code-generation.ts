/** Run by view.test.ts with code generation forbidden, as a strict content security policy does in a page. */
import { readFileSync } from 'node:fs';
import { dicomSegRegions, openNifti, parseRegions, reduceChannels, scoreRegions } from '../src/index';

let forbidden = false;
try {
  new Function('return 1')();
} catch {
  forbidden = true;
}

const set = await parseRegions([{ type: 'grid', rows: 1, columns: 2 }]);
const regions = await set({ name: 'a', height: 2, width: 2 });
// What an ndarray view looks like, without the package: four values, read column by column.
const relevance = {
  data: new Float32Array([1, 3, 2, 4]),
  shape: [1, 1, 2, 2],
  stride: [4, 4, 1, 2],
  offset: 0,
};
const maps = reduceChannels(relevance as never, 'sum');
const scores = scoreRegions(maps, regions, { aggregate: 'mean', images: ['a'] });
// Readers load their libraries when they open a file.
const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const nifti = await openNifti(bytes(golden('nifti')[0].file));
const { cases } = golden('dicom-seg');
const deflated = cases.find(({ name }: { name: string }) => name === 'binary, deflated');
const [segment] = await dicomSegRegions(bytes(deflated.file), { 1: 'lung' }, { slice: 0 });
console.log(JSON.stringify({ forbidden, scores, nifti: nifti.shape, segment: segment!.name }));
