/** The README must say what the golden cases give. */
import { expect, it } from 'vitest';
import { accuracies, readmes } from '../accuracy-table';

const all = await accuracies();

/** Rows of the only table with an error in each row: the cells that are words, and those that are figures. */
const rowsOf = (readme: string) =>
  readme
    .split('<!-- accuracy')[1]!
    .split('<!-- /accuracy')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| --'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => ({ words: cells.slice(1, 5), errors: cells.slice(5, 7) }));

it('the table of errors in the README is what accuracy-table.ts writes', () => {
  const { present, wanted } = readmes(all);
  const [written, measured] = [rowsOf(present), rowsOf(wanted)];
  const stale = 'it is stale; write it anew with npx tsx packages/stats/accuracy-table.ts';
  expect(
    written.map(({ words }) => words),
    stale,
  ).toEqual(measured.map(({ words }) => words));
  // Another version of Node may round a logarithm differently: its last digit, or two, but not the order.
  const isAlike = (a: string, b: string) => a === b || Math.abs(Math.log10(Number(a) / Number(b))) < 0.5;
  measured.slice(1).forEach(({ words, errors }, row) => {
    errors.forEach((error, at) => {
      const said = written[row + 1]!.errors[at]!;
      expect(isAlike(error, said), `${words[0]}, ${words[1]}: ${error}, README ${said}; ${stale}`).toBe(true);
    });
  });
});

it('no function is further than 1e-9 from its references, and none is without any', () => {
  for (const { name, cases, againstPeer, againstExact } of all) {
    expect(cases, name).toBeGreaterThan(5);
    const errors = [againstPeer, againstExact].filter((error) => error !== undefined);
    expect(errors, name).not.toEqual([]);
    for (const error of errors) expect(error, name).toBeLessThan(1e-9);
  }
});
