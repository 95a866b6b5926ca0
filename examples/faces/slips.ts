/**
 * The two slips in the code that the paper published, for comparison only: nothing else here uses them.
 *
 * 1. `equal_var == 1 & group1_normal == 1 & group2_normal == 1` was meant as three comparisons. In Python `&` binds more
 *    tightly than `==`, and comparisons chain: it is equal_var == (1 & normal1) and (1 & normal1) == (1 & normal2) and
 *    (1 & normal2) == 1.
 * 2. `is_significant.loc[region, 'KS'] += val2`, where val3 was meant: the table's column KS counts Angelman's.
 */
import type { Pretests } from './rq1';

/** Whether the published line takes the t-test. */
export function chainedChoice({ normal: [first, second], equalVariances }: Pretests): boolean {
  const [one, two] = [1 & Number(first), 1 & Number(second)];
  return Number(equalVariances) === one && one === two && two === 1;
}

/** Whether the line that was meant takes it. */
export function meantChoice({ normal: [first, second], equalVariances }: Pretests): boolean {
  return equalVariances && first && second;
}

/** The table of counts with Angelman's in the column of Kabuki syndrome. */
export function slippedCounts(
  counts: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(counts).map(([region, bySyndrome]) => [
      region,
      { ...bySyndrome, KS: bySyndrome.Angelman! },
    ]),
  );
}
