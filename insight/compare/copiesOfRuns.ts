/** Copies of one run among several, as an imported file of a run that is kept here too: they have no spread. */

import type { StepMark } from '../ticks.ts';
import type { RunToCompare } from './compareRuns.ts';

/** Of a mark's energy, for what a file rounds. No two measured runs agree so at every step. */
const sameEnergy = 1e-6;

/** Why the runs cannot stand for several, and what to do; null where each of them is another. */
export function copiesAmong(runs: readonly RunToCompare[]): string | null {
  for (const [at, later] of runs.entries()) {
    const first = runs.slice(0, at).find(({ marks }) => sameMarks(marks, later.marks));
    if (first !== undefined)
      return `Runs ${first.summary.number} and ${later.summary.number} are copies of one run: leave one of them out.`;
  }
  return null;
}

const sameMarks = (one: readonly StepMark[], other: readonly StepMark[]): boolean =>
  one.length > 0 &&
  one.length === other.length &&
  one.every(({ count, energyJ }, at) => {
    const mark = other[at];
    return mark?.count === count && Math.abs(mark.energyJ - energyJ) <= sameEnergy * Math.abs(energyJ);
  });
